import { CacheError, type CacheErrorCode, optionError, shown } from '../errors.ts'
import type { Duration } from '../units.ts'
import type { HoleValues } from './content.ts'
import {
  type AsyncHoleBody,
  type FragmentBody,
  type FragmentCallOptions,
  fragment,
} from './fragment.ts'
import type { FragmentOptions } from './fragment-options.ts'
import type { FragmentSource } from './source.ts'
import { templateError } from './templates.ts'
import { fragmentTtl } from './ttl.ts'

/** How a `<Cache>` is named and kept: the same in every component library. */
export interface CacheProps extends Omit<FragmentOptions, 'ttl'> {
  /** What it is. With `varyOn` its key: {@link fragmentKey}. */
  readonly name: string
  /**
   * Lifetime: seconds, or a string such as `'15m'`. `null` or `Infinity`: for ever. 0 or less:
   * rendered each time.
   */
  readonly ttl: Duration | null
  /** How long to wait while another process renders it. Default: the alias's. */
  readonly waitMs?: FragmentCallOptions['waitMs']
}

/** {@link CacheProps} as they come, of code that nobody has checked. */
type GivenProps = { readonly [Prop in keyof CacheProps]?: CacheProps[Prop] | undefined }

const OF_OPTIONS: ReadonlySet<CacheErrorCode> = new Set([
  'ERR_ALIAS_UNKNOWN',
  'ERR_KEY_INVALID',
  'ERR_OPTION_INVALID',
])

/**
 * The text of a `<Cache>`.
 *
 * @throws {@link CacheError} `ERR_TEMPLATE` where a prop is wrong: it names the fragment.
 */
export async function componentText(
  source: FragmentSource,
  { name = '', ttl, ...options }: GivenProps,
  holes: Readonly<Record<string, AsyncHoleBody>> | undefined,
  render: (body: FragmentBody) => Promise<string>,
): Promise<string> {
  let hasBegun = false
  try {
    const { varyOn } = options
    if (varyOn !== undefined && !Array.isArray(varyOn))
      throw optionError('varyOn', varyOn, 'a list')
    const given = { ...options, holes, ttl: fragmentTtl(ttl) }
    return await fragment(source, name, given, (body) => {
      hasBegun = true
      return render(body)
    })
  } catch (error) {
    if (hasBegun || !CacheError.is(error) || !OF_OPTIONS.has(error.code)) throw error
    throw componentError(name, error.message, error)
  }
}

export function componentError(name: unknown, problem: string, cause?: unknown): CacheError {
  return templateError({ template: `<Cache name=${shown(name)}>` }, problem, cause)
}

/** Uncached parts that return content of a library, as ones that return text. */
export function holeBodies<Content>(
  holes: Readonly<Record<string, (values: HoleValues) => Content>> | undefined,
  textOf: (make: () => Content) => Promise<string>,
): Readonly<Record<string, AsyncHoleBody>> | undefined {
  if (holes === undefined) return undefined
  const entries = Object.entries(holes)
  return Object.fromEntries(
    entries.map(([name, hole]) => [name, async (values: HoleValues) => textOf(() => hole(values))]),
  )
}

/** Refuses a `<Cache>` with nothing in it. */
export function missingChildren(name: unknown): CacheError {
  return componentError(name, 'it has no children: they are what is cached.')
}
