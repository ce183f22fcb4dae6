/**
 * The tag `cache` for [EJS](https://ejs.co/).
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { dirname, extname, isAbsolute, resolve } from 'node:path'
import { templateDigest } from './digest.ts'
import {
  CompiledViews,
  type ExpressEngine,
  expressEngine,
  type ViewOptions,
} from './express-engine.ts'
import { scriptCalls, withPlace } from './script-calls.ts'
import { compileScriptTags } from './script-tags.ts'
import type { FragmentSource } from './source.ts'
import { namesIn, readOrNothing } from './source-digests.ts'
import { TemplateFragments, type TemplateOptions } from './templates.ts'

export type { ExpressEngine } from './express-engine.ts'
export type { FragmentSource } from './source.ts'
export type { TemplateOptions } from './templates.ts'

/** A template that EJS has compiled. */
export type EjsTemplate = (data?: object) => string

/** What {@link cacheFragments} needs of EJS. */
export interface EjsEngine {
  // biome-ignore lint/suspicious/noExplicitAny: what it returns depends on the options.
  compile(source: string, options?: any): any
  readonly openDelimiter?: string | undefined
  readonly closeDelimiter?: string | undefined
  readonly delimiter?: string | undefined
}

/** EJS's options for compiling, as far as they are read here; all are handed on. */
export interface EjsOptions {
  /** Where the template is: includes are relative to it. */
  readonly filename?: string | undefined
  readonly openDelimiter?: string | undefined
  readonly closeDelimiter?: string | undefined
  readonly delimiter?: string | undefined
  readonly [option: string]: unknown
}

/** Renders EJS templates with their fragments cached. */
export interface EjsFragments {
  /** Compiles a template that has tags, as `ejs.compile` does; for {@link EjsFragments.render}. */
  compile(source: string, options?: EjsOptions): EjsTemplate
  /**
   * Renders a template that {@link EjsFragments.compile} has compiled.
   *
   * @throws What the template throws; {@link CacheError} `ERR_TEMPLATE` where a tag is used wrongly.
   */
  render(template: EjsTemplate, data?: object): Promise<string>
  /** For `app.engine('ejs', fragments.express)` of an Express application. */
  readonly express: ExpressEngine
}

const CALLS = 'repriseFragments'
/** A name in quotes; an expression is not followed. */
const INCLUDE = /\binclude\s*\(\s*(["'`])(?<name>.*?)\1/g

/**
 * Returns what compiles and renders EJS templates with the tag
 * `<% cache('name', { ttl, varyOn, … }) %> … <% endcache %>`. Its options are those of `fragment`.
 *
 * What is inside of `<% nocache({ id: row.id }) %> … <% endnocache %>` is rendered each time: it sees
 * its values by their names, and what is known where the outermost `cache` tag around it stands.
 *
 * A page is rendered in passes: the rest of the template runs more than once per page, and must be
 * cheap and without side effects. All fragments of a page are read in one round trip.
 *
 * @example
 * ```ts
 * import ejs from 'ejs'
 * import { createCaches } from 'reprise'
 * import { cacheFragments } from 'reprise/ejs'
 *
 * const fragments = cacheFragments(ejs, createCaches())
 * const page = fragments.compile("<% cache('hello', { ttl: 60 }) %>Hello <%= name %><% endcache %>")
 * const html = await fragments.render(page, { name: 'alice' })
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function cacheFragments(
  ejs: EjsEngine,
  source: FragmentSource,
  options?: TemplateOptions,
): EjsFragments {
  const fragments = new TemplateFragments(source, options)
  const calls = scriptCalls(fragments, (own) => own)

  const rewritten = (text: string, given: EjsOptions): string => {
    const mark = given.delimiter ?? ejs.delimiter ?? '%'
    const open = `${given.openDelimiter ?? ejs.openDelimiter ?? '<'}${mark}`
    const close = `${mark}${given.closeDelimiter ?? ejs.closeDelimiter ?? '>'}`
    const template = given.filename === undefined ? 'undefined' : JSON.stringify(given.filename)
    const own = fragments.options.digest ? digestOf(text, given) : ''
    const dialect = { open, close, output: '__output', calls: CALLS, template, own }
    return withPlace(given.filename, () => compileScriptTags(text, dialect))
  }
  const compile: EjsFragments['compile'] = (text, given = {}) => {
    const includer = (_name: string, path?: string): object => {
      if (path === undefined) return {}
      const included = readFileSync(path, 'utf8')
      return { filename: path, template: rewritten(included, { ...given, filename: path }) }
    }
    return ejs.compile(rewritten(text, given), { includer, ...given }) as EjsTemplate
  }
  const render: EjsFragments['render'] = (template, data = {}) =>
    fragments.render(() => template({ ...data, [CALLS]: calls }))
  // As EJS's own engine has it: includes are also looked for among the application's views.
  const views = new CompiledViews((path, { settings }) => {
    const given = {
      views: [settings?.views ?? []].flat(),
      ...(settings?.['view options'] as object),
    }
    return compile(readFileSync(path, 'utf8'), { ...given, filename: path })
  })
  const express = expressEngine((path, data: ViewOptions) => render(views.get(path, data), data))
  return { compile, render, express }
}

/** Made as a template is compiled. Includes are looked for as EJS does: beside it, then in `views`. */
function digestOf(text: string, { filename = '', views, root = '/' }: EjsOptions): string {
  const folders = (list: unknown): string[] => [list ?? []].flat().map(String)
  return templateDigest(
    { name: filename, source: text },
    {
      references: (source) => namesIn(source, INCLUDE),
      load: (name, from) => {
        const file = extname(name) === '' ? `${name}.ejs` : name
        const candidates = isAbsolute(file)
          ? folders(root).map((folder) => resolve(folder, `.${file}`))
          : [dirname(from.name), ...folders(views)].map((folder) => resolve(folder, file))
        for (const path of candidates) {
          const source = readOrNothing(() => readFileSync(path, 'utf8'))
          if (source !== undefined) return { name: path, source }
        }
        return undefined
      },
    },
  )
}
