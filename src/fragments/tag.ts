import { CacheError, optionError } from '../errors.ts'
import type { HoleValues } from './content.ts'
import { checkUsing, type FragmentOptions } from './fragment-options.ts'
import type { HoleBodies } from './passes.ts'
import { type TemplateFragments, templateError } from './templates.ts'
import { fragmentDuration, fragmentTtl } from './ttl.ts'

/** Where a tag is written. */
export interface TagPlace {
  readonly template?: string | undefined
  readonly line?: number | undefined
  /** Of what it is written in, where the user asks for it; `undefined`: that cannot be read. */
  readonly digest?: (() => string | undefined) | undefined
}

/** What a tag says of its fragment. */
export interface TagArguments {
  readonly name: unknown
  readonly options: FragmentOptions
}

const KEYWORDS = ['swr', 'tags', 'using', 'version']

/**
 * Reads `ttl, name, vary…` and what a tag is given by name: `using`, `tags`, `swr` and `version`.
 * A keyword that is there and `undefined` is a mistake.
 */
export function positionalArguments(
  [ttl, name, ...varyOn]: readonly unknown[],
  keywords: Readonly<Record<string, unknown>> = {},
): TagArguments {
  for (const key of Object.keys(keywords)) {
    if (!KEYWORDS.includes(key)) throw optionError(key, keywords[key], KEYWORDS.join(', '))
  }
  const { swr, tags, using, version } = keywords
  const options = {
    ttl: fragmentTtl(ttl),
    varyOn,
    ...('using' in keywords && { using: checkUsing(using) }),
    ...('tags' in keywords && { tags: tags as string }),
    ...('swr' in keywords && { staleWhileRevalidate: fragmentDuration('swr', swr) }),
    ...('version' in keywords && { version: version as number }),
  }
  return { name, options }
}

/** Reads `name, { ttl, varyOn, … }`. A `ttl` that is there and `undefined` is a mistake. */
export function namedArguments(name: unknown, options: unknown = {}): TagArguments {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw optionError('options', options, 'an object, such as `{ ttl: 60 }`')
  }
  const { ttl, ...others } = options as FragmentOptions
  return { name, options: 'ttl' in options ? { ...others, ttl: fragmentTtl(ttl) } : others }
}

/**
 * Renders a tag by passes. What is wrong with the tag itself becomes an error that names its place;
 * what a body throws is handed on as it is.
 */
export function tagText(
  fragments: TemplateFragments,
  place: TagPlace,
  argumentsOf: () => TagArguments,
  body: () => string,
  holes?: HoleBodies,
): string {
  const bodies = new BodyErrors()
  try {
    const { name, options } = argumentsOf()
    const given = digestedOptions(fragments, place, options)
    return fragments.text(name as string, given, bodies.noting(body), bodies.notingAll(holes))
  } catch (error) {
    throw bodies.has(error) ? error : tagError(place, error)
  }
}

/** What a tag says of its fragment, with the digest of its template where the user asks for it. */
export function digestedOptions(
  fragments: TemplateFragments,
  { digest }: TagPlace,
  options: FragmentOptions,
): FragmentOptions {
  if (!fragments.options.digest || options.digest !== undefined) return options
  const made = digest?.()
  if (made !== undefined) return { ...options, digest: made }
  throw optionError('digest', true, 'false: the source of this template cannot be read')
}

/** The error of a `cache` tag, with its place; what is no error of ours is returned as it is. */
export function tagError(place: TagPlace, error: unknown): unknown {
  if (!CacheError.is(error)) return error
  return templateError(place, `The \`cache\` tag cannot be used: ${error.message}`, error)
}

/** Tells what bodies throw from what is thrown around them. */
class BodyErrors {
  readonly #thrown = new Set<unknown>()

  has(error: unknown): boolean {
    return this.#thrown.has(error)
  }

  noting<Values extends readonly HoleValues[]>(
    body: (...values: Values) => string,
  ): (...values: Values) => string {
    return (...values) => {
      try {
        return body(...values)
      } catch (error) {
        this.#thrown.add(error)
        throw error
      }
    }
  }

  notingAll(holes: HoleBodies | undefined): HoleBodies | undefined {
    if (holes === undefined || holes.size === 0) return undefined
    return new Map([...holes].map(([id, body]) => [id, this.noting(body)]))
  }
}
