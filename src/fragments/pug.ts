/**
 * The tag `+cache` for [Pug](https://pugjs.org/).
 *
 * @module
 */

import type { HoleValues } from './content.ts'
import {
  CompiledViews,
  type ExpressEngine,
  expressEngine,
  type ViewOptions,
} from './express-engine.ts'
import type { HoleBody } from './passes.ts'
import { CALLS, compileTags, type PugNode } from './pug-ast.ts'
import type { FragmentSource } from './source.ts'
import { positionalArguments, tagText } from './tag.ts'
import { TemplateFragments, type TemplateOptions } from './templates.ts'

export type { ExpressEngine } from './express-engine.ts'
export type { FragmentSource } from './source.ts'
export type { TemplateOptions } from './templates.ts'

/** A template that Pug has compiled. */
export type PugTemplate = (locals?: object) => string

/** For Pug's option `plugins`. */
export interface PugPlugin {
  // biome-ignore lint/suspicious/noExplicitAny: Pug has no types of its own for plugins.
  preCodeGen(ast: any, options?: any): any
}

/** What {@link cacheFragments} needs of Pug. */
export interface PugEngine {
  // biome-ignore lint/suspicious/noExplicitAny: `plugins` is missing in Pug's types.
  compileFile(path: string, options?: any): PugTemplate
}

/** Renders Pug templates with their fragments cached. */
export interface PugFragments {
  /** Compile with it: `pug.compile(source, { plugins: [fragments.plugin] })`. */
  readonly plugin: PugPlugin
  /**
   * Renders a compiled template, as calling it does.
   *
   * @throws What the template throws; {@link CacheError} `ERR_TEMPLATE` where a tag is used wrongly.
   */
  render(template: PugTemplate, locals?: object): Promise<string>
  /** For `app.engine('pug', fragments.express)` of an Express application. */
  readonly express: ExpressEngine
}

/**
 * Returns what compiles and renders Pug templates with the tag `+cache(ttl, 'name', vary…)`. What it
 * is given by name follows as attributes: `+cache(60, 'row', id)(using='alias' tags=['rows'] swr=60)`.
 *
 * `ttl` is seconds, a string such as `'15m'`, or `null` for ever; 0 or less renders each time. What is
 * inside of `+nocache(id=id)` is rendered each time, and sees its values and what is known where the
 * outermost `+cache` around it stands.
 *
 * A page is rendered in passes: the rest of the template runs more than once per page, and must be
 * cheap and without side effects. All fragments of a page are read in one round trip.
 *
 * @example
 * ```ts
 * import pug from 'pug'
 * import { createCaches } from 'reprise'
 * import { cacheFragments } from 'reprise/pug'
 *
 * const fragments = cacheFragments(pug, createCaches())
 * const page = pug.compileFile('views/home.pug', { plugins: [fragments.plugin] } as pug.Options)
 * const html = await fragments.render(page, { user: 'alice' })
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function cacheFragments(
  pug: PugEngine,
  source: FragmentSource,
  options?: TemplateOptions,
): PugFragments {
  const fragments = new TemplateFragments(source, options)
  const calls = {
    cache: (
      template: string | null,
      line: number,
      digest: string,
      given: readonly unknown[],
      keywords: Readonly<Record<string, unknown>>,
      body: () => string,
      holes: readonly (readonly [string, HoleBody])[],
    ) => {
      const place = { template: template ?? undefined, line, digest: () => digest }
      return tagText(
        fragments,
        place,
        () => positionalArguments(given, keywords),
        body,
        new Map(holes),
      )
    },
    hole: (id: string, values: HoleValues, body: HoleBody) => fragments.hole(id, values, body),
  }
  const plugin: PugPlugin = {
    preCodeGen: (ast: PugNode, { self = false }: { self?: boolean } = {}) =>
      compileTags(ast, self ? `self.${CALLS}` : CALLS),
  }
  const render: PugFragments['render'] = (template, locals = {}) =>
    fragments.render(() => template({ ...locals, [CALLS]: calls }))
  // As Pug's own engine has it: what an absolute include is relative to is among the locals.
  const views = new CompiledViews((path, { basedir }: ViewOptions & { basedir?: string }) =>
    pug.compileFile(path, { plugins: [plugin], basedir }),
  )
  const express = expressEngine((path, locals: ViewOptions) =>
    render(views.get(path, locals), locals),
  )
  return { plugin, render, express }
}
