import type { FragmentSource } from '../../src/fragments/index.ts'

/** What a tag is given: a literal of the engine, or a variable of its context. */
export type Value = { readonly literal: string | number | null } | { readonly variable: string }

/** A cached fragment. */
export interface CachePart {
  readonly cache: string
  readonly ttl: Value
  readonly vary?: readonly Value[]
  readonly using?: string
  readonly tags?: readonly Value[]
  /** Seconds of `staleWhileRevalidate`. */
  readonly swr?: number
  readonly version?: number
  readonly body: readonly Part[]
}

/** One cached fragment for each item of a list. */
export interface CacheEachPart extends CachePart {
  /** The variable that holds the list. */
  readonly of: string
  readonly as: string
}

/** A piece of a template, whatever the engine writes it like. */
export type Part =
  /** Markup, to be written as it is. It has no delimiters of any engine in it. */
  | string
  /** A variable (`name`, or `item.name` inside of `each`), escaped. */
  | { readonly show: string }
  /** A variable, not escaped. */
  | { readonly raw: string }
  /** Calls the context's function `run` with this label and shows what it returns, at this very moment. */
  | { readonly run: string }
  /** A loop over the variable `each`. */
  | { readonly each: string; readonly as: string; readonly body: readonly Part[] }
  | { readonly include: string }
  /** An uncached part; `values`: variables that it is given, by the names it knows them by. */
  | { readonly nocache: readonly Part[]; readonly values?: Readonly<Record<string, string>> }
  | CachePart
  | CacheEachPart

/** What not every engine has. */
export type Feature =
  | 'cacheEach'
  /** Errors of a tag name its line. */
  | 'line'
  | 'include'
  /** Errors of a tag are of code `ERR_TEMPLATE` and name the template. */
  | 'template'
  | 'nocache'
  /** Its output is text, never bytes: half a surrogate pair stays what it is. */
  | 'surrogates'

/** Templates of one engine, with cached fragments. */
export interface OpenedTemplates {
  render(name: string, context: object): Promise<string>
}

/** One engine, as the contract needs it. */
export interface FragmentEngine {
  readonly name: string
  /** Left out of the contract, and said so on the engine's page. */
  readonly lacks?: readonly Feature[]
  /** Turns parts into templates of the engine. */
  open(
    source: FragmentSource,
    templates: Readonly<Record<string, readonly Part[]>>,
  ): OpenedTemplates | Promise<OpenedTemplates>
  /**
   * Tags that are refused when their template is loaded, or at the latest when it is rendered: one
   * without arguments, and one with a single one. As the engine writes them, body and end included.
   */
  readonly refused?: readonly string[]
  /** Renders such a source as it is. */
  renderSource?(source: FragmentSource, template: string): Promise<string>
}

export const literal = (value: string | number | null): Value => ({ literal: value })
export const variable = (name: string): Value => ({ variable: name })

/** A fragment kept for a minute. */
export function cached(
  name: string,
  body: readonly Part[],
  rest: Omit<Partial<CachePart>, 'cache' | 'body'> = {},
): CachePart {
  return { cache: name, ttl: literal(60), body, ...rest }
}

export function lacks({ lacks = [] }: FragmentEngine, feature: Feature): boolean {
  return lacks.includes(feature)
}

export async function renderOf(
  engine: FragmentEngine,
  source: FragmentSource,
  page: readonly Part[],
  context: object,
): Promise<string> {
  const { render } = await engine.open(source, { page })
  return render('page', context)
}

/** A context's `run`. */
export function noting(ran: string[]): (label: string) => string {
  return (label) => {
    ran.push(label)
    return label
  }
}
