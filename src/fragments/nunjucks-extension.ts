import { checkVersion, type Version } from '../cache/keys.ts'
import { publishError } from '../channels.ts'
import { CacheError, shown } from '../errors.ts'
import type { HoleValues } from './content.ts'
import { checkUsing, type FragmentOptions } from './fragment-options.ts'
import type { NunjucksNode, NunjucksNodes, NunjucksParser } from './nunjucks-ast.ts'
import { NunjucksDigests, type OwnDigest, type TemplateEnvironment } from './nunjucks-digest.ts'
import { parseFragmentTag, type TagCalls, TagReader } from './nunjucks-tag.ts'
import type { HoleBody } from './passes.ts'
import type { RenderOptions, TemplateFragments } from './templates.ts'
import { fragmentDuration, fragmentTtl } from './ttl.ts'

/** How nunjucks hands over what it has rendered. */
export type NunjucksCallback = (error: Error | null, text: string | null) => void

/** What the tags need of a nunjucks environment. */
export interface TagEnvironment extends TemplateEnvironment {
  getFilter(name: string): (...args: unknown[]) => unknown
  /** Names; filled as filters are added. Not in nunjucks's types. */
  readonly asyncFilters?: readonly string[]
}

/** What the keyword arguments of a tag are called, and the options they stand for. */
interface Keywords {
  readonly digest?: unknown
  readonly swr?: unknown
  readonly tags?: unknown
  readonly using?: unknown
  readonly version?: unknown
}

/** `[id, body, names of its values]`; without a body it is filled by the fragment around it. */
type HoleArgument = readonly [string, ((...values: unknown[]) => unknown)?, (readonly string[])?]

/** The tags `cache`, `cacheEach` and `nocache` of one nunjucks environment. */
export class NunjucksCacheTag implements TagCalls {
  static readonly extensionName = 'reprise-cache'

  readonly tags: string[] = ['cache', 'cacheEach', 'nocache']
  readonly #fragments: TemplateFragments
  readonly #env: TagEnvironment
  readonly #reader = new TagReader()
  readonly #digests: NunjucksDigests
  readonly #safe: (text: string) => unknown
  /** Of the pass that renders at this moment: the message of the error that a tag ended it with. */
  #pass: { failure: string | undefined } | undefined
  /** The bodies that run at this moment, the innermost last, and whether each has come to its end. */
  readonly #bodies: { ended: boolean }[] = []

  constructor(env: TagEnvironment, fragments: TemplateFragments) {
    this.#env = env
    this.#fragments = fragments
    this.#digests = new NunjucksDigests(env)
    // The environment's own marker of text that is not to be escaped again. `autoescape = false`
    // on the extension does not do: nunjucks drops it where the body has `super()`.
    this.#safe = env.getFilter('safe')
  }

  /** Called by nunjucks for each tag of a template that it compiles. */
  parse(parser: NunjucksParser, nodes: NunjucksNodes): NunjucksNode {
    const asyncFilters = this.#env.asyncFilters ?? []
    const fail = (message: string, { lineno, colno }: { lineno: number; colno: number }): never => {
      if (this.#pass !== undefined) this.#pass.failure = message
      return parser.fail(message, lineno, colno)
    }
    const own = this.#digests.ownOf(parser.tokens.str)
    return parseFragmentTag({ parser, nodes, asyncFilters, fail, own }, this.#reader, this)
  }

  place(
    _context: unknown,
    line: number,
    name: string,
    ttl: unknown,
    keywords: Keywords,
    varyOn: readonly unknown[],
    own: OwnDigest,
    body: () => unknown,
    holes: readonly HoleArgument[],
  ): unknown {
    try {
      const bodies = holes.length === 0 ? undefined : this.#holeBodies(line, name, holes)
      const options = this.#options(ttl, keywords, varyOn, own)
      const run = () => this.#run(line, name, body)
      return this.#safe(this.#fragments.text(name, options, run, bodies))
    } catch (error) {
      const isOwn = CacheError.is(error) && this.#pass?.failure === undefined
      throw isOwn ? this.#refusal(line, name, error.message, error) : error
    }
  }

  #holeBodies(line: number, name: string, holes: readonly HoleArgument[]): Map<string, HoleBody> {
    const bodies = new Map<string, HoleBody>()
    for (const [id, hole, names = []] of holes) {
      bodies.set(id, (values) => {
        if (hole === undefined) throw new CacheError('ERR_TEMPLATE', 'An uncached part is lost.')
        return this.#run(line, name, () => hole(...names.map((value) => values[value])))
      })
    }
    return bodies
  }

  hole(_context: unknown, line: number, id: string, values: HoleValues): unknown {
    const text = this.#fragments.hole(id, values, () => {
      throw this.#refusal(line, id, 'it stands in no cached body.')
    })
    return this.#safe(text)
  }

  /** A `nocache` tag outside of every `cache` tag of its template: where it is not in one of another. */
  free(
    _context: unknown,
    line: number,
    id: string,
    values: HoleValues,
    body: (...values: unknown[]) => unknown,
    names: readonly string[],
  ): unknown {
    const render = (): unknown => body(...names.map((name) => values[name]))
    return this.#safe(this.#fragments.hole(id, values, () => this.#run(line, id, render)))
  }

  bodyEnd(): string {
    const innermost = this.#bodies.at(-1)
    if (innermost !== undefined) innermost.ended = true
    return ''
  }

  /** Renders a page; `renderOnce` is nunjucks's, and `template` what an error calls the template. */
  render(
    template: string,
    renderOnce: (callback: NunjucksCallback) => void,
    options?: RenderOptions,
  ): Promise<string> {
    if (this.#fragments.options.digest) this.#digests.learn(template)
    return this.#fragments.render(() => this.#once(template, renderOnce), options)
  }

  #once(template: string, renderOnce: (callback: NunjucksCallback) => void): Promise<string> {
    const pass: { failure: string | undefined } = { failure: undefined }
    const outer = this.#pass
    this.#pass = pass
    return new Promise((resolve, reject) => {
      let finished = false
      try {
        renderOnce((error, text) => {
          finished = true
          if (error) reject(rejection(error, pass.failure))
          else resolve(text ?? '')
        })
      } finally {
        this.#pass = outer
      }
      // A synchronous template is handed over before this: nunjucks defers by a tick at most.
      setImmediate(() => {
        if (!finished) publishError({ error: asynchronousError(template), operation: 'fragment' })
      })
    })
  }

  /** What a template gives is checked by who takes it; a keyword that is `undefined` is a mistake. */
  #options(
    ttl: unknown,
    keywords: Keywords,
    varyOn: readonly unknown[],
    own: OwnDigest,
  ): FragmentOptions {
    const { digest = this.#fragments.options.digest, swr, tags, using, version } = keywords
    return {
      ttl: fragmentTtl(ttl),
      varyOn,
      ...('using' in keywords && { using: checkUsing(plain(using)) }),
      ...('tags' in keywords && { tags: tagsOf(tags) }),
      ...('swr' in keywords && { staleWhileRevalidate: fragmentDuration('swr', swr) }),
      ...('version' in keywords && { version: checkVersion(plain(version) as Version) }),
      ...(digest === true && { digest: this.#digests.of(own) }),
    }
  }

  #run(line: number, name: string, body: () => unknown): string {
    const running = { ended: false }
    this.#bodies.push(running)
    try {
      const text = String(body())
      if (running.ended) return text
    } finally {
      this.#bodies.pop()
    }
    const message = 'its body did not come to its end at once: it must be synchronous.'
    throw this.#refusal(line, name, message)
  }

  #refusal(line: number, name: string, problem: string, cause?: unknown): CacheError {
    const message = `The \`cache\` tag ${shown(name)} on line ${line}: ${problem}`
    if (this.#pass !== undefined) this.#pass.failure = message
    return new CacheError('ERR_TEMPLATE', message, { cause })
  }
}

/** Of text that needs no escaping nunjucks makes a `String` object. */
function plain(value: unknown): unknown {
  return value instanceof String ? value.toString() : value
}

function tagsOf(tags: unknown): string[] {
  const list = Array.isArray(tags) ? tags : [tags]
  return list.map((tag) => plain(tag) as string)
}

/**
 * nunjucks keeps of an error only its message, with the template's path before it. An error of a
 * tag is made a `CacheError` again; all others are handed on as they are.
 */
function rejection(error: Error, failure: string | undefined): Error {
  if (failure === undefined || !error.message.includes(failure)) return error
  const message = error.message
    .replaceAll('Template render error: ', '')
    .replaceAll('CacheError: ', '')
    .replace(/\s*\n\s*/g, ' ')
  return new CacheError('ERR_TEMPLATE', message, { cause: error })
}

function asynchronousError(template: string): CacheError {
  const message = `The template ${template} renders asynchronously: \`cache\` tags after its first asynchronous step are rendered and not cached.`
  return new CacheError('ERR_TEMPLATE', message)
}
