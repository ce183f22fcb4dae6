/**
 * The tag `@cache` for [Edge](https://edgejs.dev/).
 *
 * @module
 */

import { CacheError } from '../errors.ts'
import type { HoleValues } from './content.ts'
import { type EdgeTag, edgeTags } from './edge-tags.ts'
import { type ExpressEngine, expressEngine } from './express-engine.ts'
import { fragment } from './fragment.ts'
import type { HoleBody } from './passes.ts'
import { currentScope } from './scope.ts'
import type { FragmentSource } from './source.ts'
import { readOrNothing, SourceDigests } from './source-digests.ts'
import { digestedOptions, namedArguments, tagError, tagText } from './tag.ts'
import { TemplateFragments, type TemplateOptions } from './templates.ts'

export type { ExpressEngine } from './express-engine.ts'
export type { FragmentSource } from './source.ts'
export type { TemplateOptions } from './templates.ts'

/** What {@link cacheFragments} needs of an `Edge` object. */
export interface EdgeEngine {
  // biome-ignore lint/suspicious/noExplicitAny: Edge's own types: its classes have private fields.
  registerTag(tag: any): unknown
  readonly loader: { makePath(name: string): string; resolve(name: string): { template: string } }
  global(name: string, value: unknown): unknown
  renderSync(template: string, state?: Record<string, unknown>): string
}

/** Renders the templates of one `Edge` object, all fragments of a page in one round trip. */
export interface EdgeFragments {
  /**
   * Renders a template, as `edge.renderSync` does: nothing in it may await.
   *
   * @throws What Edge says of a failing template; {@link CacheError} `ERR_TEMPLATE` where a tag is
   * used wrongly.
   */
  render(template: string, state?: object): Promise<string>
  /** For `app.engine('edge', fragments.express)` of an Express application. */
  readonly express: ExpressEngine
}

const CALLS = 'repriseFragments'

/** The names in quotes in all tags that bring in another template. */
function* references(source: string): Iterable<string> {
  for (const [tag] of source.matchAll(/@!?(?:include|includeIf|includeWhen|component)\(.*/g)) {
    for (const [, , name = ''] of tag.matchAll(/(["'`])(.*?)\1/g)) yield name
  }
}

type AsyncBody = (values?: HoleValues) => Promise<string>

/**
 * Adds the tag `@cache('name', { ttl, varyOn, … }) … @end` to an `Edge` object, and returns what
 * renders with it. Its options are those of `fragment`.
 *
 * What is inside of `@nocache({ id: row.id }) … @end` is rendered each time: it sees its values by
 * their names, and what is known where the outermost `@cache` around it stands.
 *
 * {@link EdgeFragments.render} renders in passes: all fragments of a page are read in one round trip,
 * and what is outside of the tags runs more than once. A plain `await edge.render(…)` caches, too, may
 * await, and runs once; but each tag waits for its own read.
 *
 * @example
 * ```ts
 * import { Edge } from 'edge.js'
 * import { createCaches } from 'reprise'
 * import { cacheFragments } from 'reprise/edge'
 *
 * const edge = Edge.create()
 * edge.mount(new URL('./views', import.meta.url))
 * const fragments = cacheFragments(edge, createCaches())
 * const html = await fragments.render('home', { user: 'alice' })
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function cacheFragments(
  edge: EdgeEngine,
  source: FragmentSource,
  options?: TemplateOptions,
): EdgeFragments {
  const fragments = new TemplateFragments(source, options)
  /** Edge keeps of an error only its message: those of the tags, to be thrown as they were. */
  const failures: CacheError[] = []

  const load = (name: string) =>
    readOrNothing(() => ({
      name: edge.loader.makePath(name),
      source: edge.loader.resolve(name).template,
    }))
  const digests = new SourceDigests({ references, load })
  const known = new Map<string, string>()
  const digestOf = (template: string): string | undefined => {
    const root = known.has(template) ? undefined : load(template)
    if (root !== undefined) known.set(template, digests.of(root))
    return known.get(template)
  }

  const calls = {
    cache(
      template: string,
      line: number,
      [name, given]: readonly unknown[],
      body: () => string,
      holes: readonly (readonly [string, HoleBody])[],
    ): string {
      const read = () => namedArguments(name, given)
      try {
        return tagText(
          fragments,
          { template, line, digest: () => digestOf(template) },
          read,
          body,
          new Map(holes),
        )
      } catch (error) {
        if (CacheError.is(error)) failures.push(error)
        throw error
      }
    },
    hole: (id: string, values: HoleValues, body: HoleBody) => fragments.hole(id, values, body),
    async: {
      async cache(
        template: string,
        line: number,
        [name, given]: readonly unknown[],
        body: AsyncBody,
        holes: readonly (readonly [string, AsyncBody])[],
      ): Promise<string> {
        let thrown: unknown
        const render = () =>
          body().catch((error: unknown) => {
            thrown = error
            throw error
          })
        try {
          const read = namedArguments(name, given)
          const place = { digest: () => digestOf(template) }
          const all = {
            ...digestedOptions(fragments, place, read.options),
            holes: Object.fromEntries(holes),
          }
          return await fragment(source, read.name as string, all, render)
        } catch (error) {
          throw error === thrown ? error : tagError({ template, line }, error)
        }
      },
      hole: async (id: string, values: HoleValues, body: AsyncBody) =>
        currentScope()?.hole(id, values) ?? body(values),
    },
  }
  edge.global(CALLS, calls)
  for (const tag of edgeTags(`state.${CALLS}`)) {
    edge.registerTag({
      ...tag,
      compile(...given) {
        known.clear()
        digests.forget()
        tag.compile(...given)
      },
    } satisfies EdgeTag)
  }

  const renderOnce = (template: string, state: object): string => {
    failures.length = 0
    try {
      return edge.renderSync(template, { ...state })
    } catch (error) {
      throw failures.find(({ message }) => String(error).includes(message)) ?? error
    }
  }
  const render: EdgeFragments['render'] = (template, state = {}) =>
    fragments.render(() => renderOnce(template, state))
  return { render, express: expressEngine(render) }
}
