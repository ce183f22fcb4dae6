/**
 * The `cache` tag for [nunjucks](https://mozilla.github.io/nunjucks/) and what renders with it.
 *
 * @module
 */

import { extname } from 'node:path'
import { callbackify } from 'node:util'
import { CacheError, shown } from '../errors.ts'
import { NunjucksCacheTag, type NunjucksCallback } from './nunjucks-extension.ts'
import type { FragmentSource } from './source.ts'
import { TemplateFragments, type TemplateOptions } from './templates.ts'

export type { NunjucksCallback } from './nunjucks-extension.ts'
export type { FragmentSource } from './source.ts'
export type { TemplateOptions } from './templates.ts'

/** What {@link cacheFragments} needs of a nunjucks `Environment`. */
export interface NunjucksEnvironment {
  addExtension(name: string, extension: NunjucksExtension): unknown
  hasExtension(name: string): boolean
  getFilter(name: string): (...args: unknown[]) => unknown
  render(name: string, context: object, callback: NunjucksCallback): void
  renderString(source: string, context: object, callback: NunjucksCallback): void
}

/** What nunjucks asks of an extension. */
export interface NunjucksExtension {
  tags: string[]
  parse(parser: unknown, nodes: unknown): unknown
}

/** What {@link NunjucksFragments.express} needs of an Express application. */
export interface ExpressApplication {
  set(setting: string, value: unknown): unknown
}

/** Renders the templates of one nunjucks environment with their fragments cached. */
export interface NunjucksFragments {
  /**
   * Renders the template `name`, as `env.render` does.
   *
   * @throws What nunjucks says of a failing template; {@link CacheError} `ERR_TEMPLATE` where a
   * `cache` tag is written or used wrongly.
   */
  render(name: string, context?: object): Promise<string>
  /** Renders a template from its source, as `env.renderString` does; it is compiled each time. */
  renderString(source: string, context?: object): Promise<string>
  /** Makes `res.render` of an Express application render here: use it in place of `env.express`. */
  express(app: ExpressApplication): void
}

/**
 * Adds the tag `{% cache ttl, "name", vary… %} … {% endcache %}` to a nunjucks environment, and
 * returns what renders with it.
 *
 * `ttl` is seconds, a string such as `'15m'`, or `none` for ever; 0 or less renders each time. The
 * name is a literal. What follows is what the fragment depends on, as `fragmentKey` takes it.
 * `using="alias"` chooses the cache; without it `fragments` where there is one, else `default`.
 *
 * A page is rendered in passes: first without what is not yet known, then with it. One that has the
 * fragments that it had last time, all of them warm, takes a single pass. Otherwise the rest of the
 * template runs more than once per page, and must be cheap and without side effects: put what
 * is slow inside the tag. A body may run again on a cold page, where another fragment was still
 * unknown. All fragments of a page are read in one round trip; on a cold page, one per level of
 * nesting. One that somebody else is rendering is waited for, up to the `waitMs` of its alias.
 *
 * A body sees its variables, but what it sets is not seen outside: on a hit it would not be. A
 * fragment is as old as its data: what the caller loads before it renders may be older than a
 * `delete` that comes between.
 *
 * Outside of {@link NunjucksFragments.render}, so in a plain `env.render`, the tag renders its body
 * and caches nothing. So it does after an asynchronous step of a template, such as an asynchronous
 * filter: the page is right, `reprise:error` says so. Inside the tag such a step is an error.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import nunjucks from 'nunjucks'
 * import { createCaches } from 'reprise'
 * import { cacheFragments } from 'reprise/nunjucks'
 *
 * const app = express()
 * const fragments = cacheFragments(nunjucks.configure('views'), createCaches())
 * fragments.express(app)
 * app.get('/', (_request, response) => response.render('home.njk', { user: 'alice' }))
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`, also where the environment has the tag already.
 */
export function cacheFragments(
  env: NunjucksEnvironment,
  source: FragmentSource,
  options?: TemplateOptions,
): NunjucksFragments {
  const fragments = new TemplateFragments(source, options)
  if (env.hasExtension(NunjucksCacheTag.extensionName)) {
    throw new CacheError('ERR_OPTION_INVALID', '`env` has the `cache` tag already: add it once.')
  }
  const tag = new NunjucksCacheTag(env, fragments)
  env.addExtension(NunjucksCacheTag.extensionName, tag)

  const render = (name: string, context: object = {}): Promise<string> =>
    tag.render(name, (callback) => env.render(name, context, callback), { page: name })
  const renderString = (text: string, context: object = {}): Promise<string> =>
    tag.render(shown(text), (callback) => env.renderString(text, context, callback))
  return { render, renderString, express: (app) => app.set('view', viewClass(render)) }
}

interface ViewOptions {
  /** Of the setting `view engine`. */
  readonly defaultEngine?: string
}

/**
 * A class for Express's setting `view`, as nunjucks has one: Express's own looks for the file
 * itself, where here the environment's loaders do.
 */
function viewClass(render: NunjucksFragments['render']): unknown {
  const renderWithCallback = callbackify((name: string, context: object) => render(name, context))
  return class FragmentsView {
    readonly name: string
    /** Express takes a view without a path for one that does not exist. */
    readonly path: string

    constructor(name: string, { defaultEngine }: ViewOptions) {
      if (extname(name) === '' && defaultEngine === undefined) {
        const message = `The view ${shown(name)} has no extension: it needs one, or the application a \`view engine\`.`
        throw new CacheError('ERR_OPTION_INVALID', message)
      }
      const extension = extname(name) === '' ? `.${defaultEngine?.replace(/^\./, '')}` : ''
      this.name = `${name}${extension}`
      this.path = this.name
    }

    render(context: object, callback: NunjucksCallback): void {
      renderWithCallback(this.name, context, callback)
    }
  }
}
