/**
 * What every synchronous template engine's tag, helper or mixin is built on.
 *
 * @module
 */

import { CacheError, checkOptions, optionError } from '../errors.ts'
import type { HoleValues } from './content.ts'
import { type FragmentOptions, placeFragment } from './fragment-options.ts'
import { PageMemories } from './page-memory.ts'
import { type HoleBodies, Passes, renderInPasses } from './passes.ts'
import type { FragmentSource } from './source.ts'

/** How templates with cached fragments are rendered: the same in every synchronous engine. */
export interface TemplateOptions {
  /**
   * After so many passes what is still unknown is rendered without being kept. A page needs one
   * more than its cached fragments are nested, and up to one more for each that it waits for.
   *
   * @default 10
   */
  readonly maxPasses?: number | undefined
  /**
   * Whether the key of a fragment carries the digest of its template and of what that includes, so
   * that a change of the template renders it anew.
   *
   * @default false
   */
  readonly digest?: boolean | undefined
}

/** {@link TemplateOptions} with the holes filled. */
export type ResolvedTemplateOptions = { readonly maxPasses: number; readonly digest: boolean }

export const TEMPLATE_DEFAULTS: ResolvedTemplateOptions = Object.freeze({
  maxPasses: 10,
  digest: false,
})

export function resolveTemplateOptions(options: TemplateOptions = {}): ResolvedTemplateOptions {
  checkOptions('the options of cached fragments', options, Object.keys(TEMPLATE_DEFAULTS))
  const { maxPasses = TEMPLATE_DEFAULTS.maxPasses, digest = TEMPLATE_DEFAULTS.digest } = options
  if (!Number.isInteger(maxPasses) || maxPasses < 1) {
    throw optionError('maxPasses', maxPasses, 'a whole number of 1 or more')
  }
  if (typeof digest !== 'boolean') throw optionError('digest', digest, 'true or false')
  return { maxPasses, digest }
}

/** Of one page that is rendered. */
export interface RenderOptions {
  /**
   * What the page is called, such as the name of its template. Pages of one name that have the same
   * fragments each time take one pass when warm; pages that do not take two, as without a name.
   */
  readonly page?: string | undefined
}

/** The cached fragments of one engine: one object per engine, however many pages it renders. */
export class TemplateFragments {
  readonly options: ResolvedTemplateOptions
  readonly #source: FragmentSource
  /**
   * Of the page that renders at this moment. A synchronous template is rendered within one turn, so
   * concurrent pages never meet here.
   */
  #current: Passes | undefined
  readonly #pages = new PageMemories()

  constructor(source: FragmentSource, options?: TemplateOptions) {
    this.#source = source
    this.options = resolveTemplateOptions(options)
  }

  /**
   * Renders a page: calls `renderOnce` until its output is the page. With a name for the page, what
   * it had last time is read before the first call, which is then the only one if all was there.
   */
  render(
    renderOnce: () => string | Promise<string>,
    { page }: RenderOptions = {},
  ): Promise<string> {
    const memory = page === undefined ? undefined : this.#pages.of(page)
    const render = (passes: Passes) => this.#during(passes, renderOnce)
    return renderInPasses(render, this.options.maxPasses, memory)
  }

  /**
   * What to put in the place of a fragment, for the engine's tag to return without escaping it.
   * Outside of {@link TemplateFragments.render} the body is rendered and nothing is cached.
   *
   * @throws {@link CacheError} What is wrong with the options; whatever the body throws.
   */
  text(name: string, options: FragmentOptions, body: () => string, holes?: HoleBodies): string {
    const placed = placeFragment(this.#source, name, options)
    if (this.#current !== undefined) return this.#current.text(placed, body, holes)
    const passes = new Passes()
    passes.begin(true)
    return this.#during(passes, () => passes.text(placed, body, holes))
  }

  /**
   * What to put in the place of an uncached part: called where it stands. `body` is what renders it
   * there where it is not inside a fragment.
   */
  hole(name: string, values: HoleValues, body: (values: HoleValues) => string): string {
    return this.#current?.hole(name, values) ?? body(values)
  }

  #during<T>(passes: Passes, run: () => T): T {
    const outer = this.#current
    this.#current = passes
    try {
      return run()
    } finally {
      this.#current = outer
    }
  }
}

/** The error of a tag: names the template, where that is known, and the line. */
export function templateError(
  where: { readonly template?: string | undefined; readonly line?: number | undefined },
  problem: string,
  cause?: unknown,
): CacheError {
  const { template, line } = where
  const parts = [template, line === undefined ? undefined : `line ${line}`]
  const place = parts.filter((part) => part !== undefined).join(', ')
  return new CacheError('ERR_TEMPLATE', place === '' ? problem : `${place}: ${problem}`, { cause })
}
