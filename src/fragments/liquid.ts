/**
 * The `cache` tag for [LiquidJS](https://liquidjs.com/).
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { CacheError } from '../errors.ts'
import {
  CompiledViews,
  type ExpressEngine,
  expressEngine,
  type ViewOptions,
} from './express-engine.ts'
import { cacheTags, type LiquidTags } from './liquid-tags.ts'
import type { FragmentSource } from './source.ts'
import { TemplateFragments, type TemplateOptions } from './templates.ts'

export type { ExpressEngine } from './express-engine.ts'
export type { FragmentSource } from './source.ts'
export type { TemplateOptions } from './templates.ts'

/** What {@link cacheFragments} needs of a `Liquid` object. */
export interface LiquidEngine extends LiquidTags {
  // biome-ignore lint/suspicious/noExplicitAny: LiquidJS's own types.
  renderSync(templates: any, scope?: object): any
  // biome-ignore lint/suspicious/noExplicitAny: LiquidJS's own types.
  renderFileSync(file: string, scope?: object): any
}

/** Renders the templates of one `Liquid` object, all fragments of a page in one round trip. */
export interface LiquidFragments {
  /**
   * Renders a file, as `liquid.renderFileSync` does: filters and tags must be synchronous.
   *
   * @throws {@link CacheError} `ERR_TEMPLATE` where a tag is written or used wrongly; what LiquidJS
   * says of a failing template.
   */
  render(file: string, scope?: object): Promise<string>
  /** Renders a template from its source; it is parsed each time. */
  renderString(source: string, scope?: object): Promise<string>
  /** For `app.engine('liquid', fragments.express)` of an Express application. */
  readonly express: ExpressEngine
}

/**
 * Adds the tag `{% cache ttl, "name", vary…, using: "alias" %} … {% endcache %}` to a `Liquid`
 * object, and returns what renders with it.
 *
 * `ttl` is seconds, a string such as `'15m'`, or `nil` for ever; 0 or less renders each time. By
 * name: `using`, `tags` (one, or a list), `swr` (seconds of an old text) and `version`. What is inside
 * of `{% nocache id: id %} … {% endnocache %}` is rendered each time.
 *
 * {@link LiquidFragments.render} renders in passes: all fragments of a page are read in one round
 * trip, and what is outside of the tags runs more than once. A plain `await liquid.render(…)` caches,
 * too, may have asynchronous filters and tags, and runs once; but each tag waits for its own read.
 *
 * A body sees its variables, but what it assigns is not seen outside: on a hit it would not be.
 *
 * @example
 * ```ts
 * import { Liquid } from 'liquidjs'
 * import { createCaches } from 'reprise'
 * import { cacheFragments } from 'reprise/liquid'
 *
 * const liquid = new Liquid({ root: 'views', extname: '.liquid', outputEscape: 'escape' })
 * const fragments = cacheFragments(liquid, createCaches())
 * const html = await fragments.render('home', { user: 'alice' })
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function cacheFragments(
  liquid: LiquidEngine,
  source: FragmentSource,
  options?: TemplateOptions,
): LiquidFragments {
  const fragments = new TemplateFragments(source, options)
  cacheTags(liquid, source, fragments)
  // A copy for each pass: `{% increment %}` counts in the scope that the caller hands over.
  const page = (renderOnce: () => unknown): Promise<string> =>
    fragments.render(() => String(renderOnce())).catch(rethrowOwn)
  const views = new CompiledViews((path) => liquid.parse(readFileSync(path, 'utf8'), path))
  return {
    render: (file, scope = {}) => page(() => liquid.renderFileSync(file, { ...scope })),
    renderString: async (text, scope = {}) => {
      const templates = parsed(() => liquid.parse(text))
      return page(() => liquid.renderSync(templates, { ...scope }))
    },
    express: expressEngine(async (path, scope: ViewOptions) => {
      const templates = parsed(() => views.get(path, scope))
      return page(() => liquid.renderSync(templates, { ...scope }))
    }),
  }
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    return rethrowOwn(error)
  }
}

/** LiquidJS wraps what is thrown in a template; the place is in ours already. */
function rethrowOwn(error: unknown): never {
  const original = (error as { originalError?: unknown }).originalError
  throw CacheError.is(original) && original.code === 'ERR_TEMPLATE' ? original : error
}
