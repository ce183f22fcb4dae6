/**
 * The tag `cache` for [Eta](https://eta.js.org/).
 *
 * @module
 */

import { hash } from 'node:crypto'
import { relative } from 'node:path'
import { type ExpressEngine, expressEngine } from './express-engine.ts'
import { scriptCalls, withPlace } from './script-calls.ts'
import { compileScriptTags } from './script-tags.ts'
import type { FragmentSource } from './source.ts'
import { namesIn, readOrNothing, SourceDigests } from './source-digests.ts'
import { TemplateFragments, type TemplateOptions } from './templates.ts'

export type { ExpressEngine } from './express-engine.ts'
export type { FragmentSource } from './source.ts'
export type { TemplateOptions } from './templates.ts'

/** What {@link cacheFragments} needs of an `Eta` object. */
export interface EtaEngine {
  readonly config: { readonly plugins: readonly object[]; readonly views?: string | undefined }
  readonly resolvePath?: ((name: string, options?: { filepath: string }) => string) | null
  readonly readFile?: ((path: string) => string) | null
  render(template: string, data: object): string
  renderString(template: string, data: object): string
}

type EtaPlugin = (source: string, config?: { readonly tags: [string, string] }) => string

/** Renders the templates of one `Eta` object with their fragments cached. */
export interface EtaFragments {
  /**
   * Renders a template by name, as `eta.render` does.
   *
   * @throws What the template throws; {@link CacheError} `ERR_TEMPLATE` where a tag is used wrongly.
   */
  render(template: string, data?: object): Promise<string>
  /** Renders a template from its source, as `eta.renderString` does; it is compiled each time. */
  renderString(source: string, data?: object): Promise<string>
  /** For `app.engine('eta', fragments.express)` of an Express application; needs `eta`'s `views`. */
  readonly express: ExpressEngine
}

const CALLS = 'repriseFragments'
/** A name in quotes; an expression is not followed. */
const INCLUDE = /\binclude(?:Async)?\s*\(\s*(["'`])(?<name>.*?)\1/g

/**
 * Adds the tag `<% cache('name', { ttl, varyOn, … }) %> … <% endcache %>` to an `Eta` object, and
 * returns what renders with it. Its options are those of `fragment`.
 *
 * What is inside of `<% nocache({ id: row.id }) %> … <% endnocache %>` is rendered each time: it sees
 * its values by their names, and what is known where the outermost `cache` tag around it stands.
 *
 * A page is rendered in passes: the rest of the template runs more than once per page, and must be
 * cheap and without side effects. All fragments of a page are read in one round trip.
 *
 * @example
 * ```ts
 * import { Eta } from 'eta'
 * import { createCaches } from 'reprise'
 * import { cacheFragments } from 'reprise/eta'
 *
 * const fragments = cacheFragments(new Eta({ views: 'views' }), createCaches())
 * const html = await fragments.render('home', { user: 'alice' })
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function cacheFragments(
  eta: EtaEngine,
  source: FragmentSource,
  options?: TemplateOptions,
): EtaFragments {
  const fragments = new TemplateFragments(source, options)
  // Compiled templates are called with the engine as `this`, and so are those that they include.
  const digests = new SourceDigests({
    references: (text) => namesIn(text, INCLUDE),
    load: (name, from) =>
      readOrNothing(() => {
        const path = eta.resolvePath?.(name, { filepath: from.name }) ?? name
        const text = eta.readFile?.(path)
        return text === undefined ? undefined : { name: path, source: text }
      }),
  })
  const calls = scriptCalls(fragments, (own, file = '') => digests.of({ name: file, source: own }))
  Object.assign(eta, { [CALLS]: calls })
  const processTemplate: EtaPlugin = (text, config) => {
    digests.forget()
    // Short, as it is compiled in, and with the includes as they are written, to be found again.
    const includes = Array.from(text.matchAll(INCLUDE), ([include]) => include)
    const own = [hash('sha256', text, 'base64url'), ...includes].join(' ')
    const [open, close] = config?.tags ?? ['<%', '%>']
    const dialect = {
      open,
      close,
      output: '__eta.res',
      calls: `this.${CALLS}`,
      template: 'options.filepath',
      own,
    }
    return withPlace(undefined, () => compileScriptTags(text, dialect))
  }
  // Not the list itself: Eta's objects share the default one.
  Object.assign(eta.config, { plugins: [...eta.config.plugins, { processTemplate }] })
  const render: EtaFragments['render'] = (template, data = {}) =>
    fragments.render(() => eta.render(template, data))
  return {
    render,
    renderString: (text, data = {}) => fragments.render(() => eta.renderString(text, data)),
    // Eta takes an absolute path for one below its `views`, and Express gives that of the file.
    express: expressEngine((path, data) =>
      render(`./${relative(eta.config.views ?? '', path)}`, data),
    ),
  }
}
