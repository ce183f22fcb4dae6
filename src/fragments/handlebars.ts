/**
 * The `cache` block for [Handlebars](https://handlebarsjs.com/).
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { HoleValues } from './content.ts'
import { templateDigest } from './digest.ts'
import {
  CompiledViews,
  type ExpressEngine,
  expressEngine,
  type ViewOptions,
} from './express-engine.ts'
import { type HandlebarsNode, HOLE, HOLES, hoistHoles, OWN, ownOf } from './handlebars-ast.ts'
import type { HoleBody } from './passes.ts'
import type { FragmentSource } from './source.ts'
import { positionalArguments, tagText } from './tag.ts'
import { TemplateFragments, type TemplateOptions } from './templates.ts'

export type { ExpressEngine } from './express-engine.ts'
export type { FragmentSource } from './source.ts'
export type { TemplateOptions } from './templates.ts'

/** A template that Handlebars has compiled. */
// biome-ignore lint/suspicious/noExplicitAny: Handlebars's own type: contexts are of any type.
export type HandlebarsTemplate = (context: any, options?: any) => string

/** What {@link cacheFragments} needs of Handlebars, or of an environment of `Handlebars.create()`. */
export interface HandlebarsEnvironment {
  registerHelper(name: string, helper: (this: unknown, ...values: unknown[]) => unknown): void
  // biome-ignore lint/suspicious/noExplicitAny: Handlebars's own type.
  compile(source: any, options?: any): HandlebarsTemplate
  // biome-ignore lint/suspicious/noExplicitAny: Handlebars's own type.
  parse(source: string, options?: any): any
  // biome-ignore lint/suspicious/noExplicitAny: Handlebars's own type.
  createFrame(data: any): any
  readonly partials?: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: Handlebars's own types: one partial, or an object of them.
  registerPartial?(name: any, partial?: any): void
  readonly SafeString: new (text: string) => object
}

/** Renders the templates of one Handlebars environment with their fragments cached. */
export interface HandlebarsFragments {
  /**
   * Renders a compiled template, as calling it does.
   *
   * @throws Whatever a helper throws; {@link CacheError} `ERR_TEMPLATE` where a `cache` block is used
   * wrongly.
   */
  render(template: HandlebarsTemplate, context?: unknown, options?: object): Promise<string>
  /** For `app.engine('hbs', fragments.express)` of an Express application. */
  readonly express: ExpressEngine
}

interface HelperOptions {
  readonly fn: (context: unknown, options?: object) => string
  readonly inverse: (context: unknown, options?: object) => string
  readonly hash: Readonly<Record<string, unknown>>
  readonly data?: object
  readonly loc?: {
    readonly source?: string
    readonly start: { readonly line: number }
    readonly end: object
  }
}

/** Under which name the `else` of a `cache` block finds the part that it renders. */
const ASKED = 'repriseHole'

/**
 * Adds the block `{{#cache ttl "name" vary… using="alias"}} … {{/cache}}` to a Handlebars environment,
 * and returns what renders with it. Compile templates after this, with the same environment.
 *
 * `ttl` is seconds, a string such as `"15m"`, or `null` for ever; 0 or less renders each time. By
 * name: `using`, `tags`, `swr` (seconds of an old text) and `version`. What is inside of
 * `{{#nocache id=id}} … {{/nocache}}` is rendered each time, with the context of the outermost
 * `cache` block around it and its own values.
 *
 * A page is rendered in passes: the rest of the template runs more than once per page, and must be
 * cheap and without side effects. All fragments of a page are read in one round trip.
 *
 * @example
 * ```ts
 * import Handlebars from 'handlebars'
 * import { createCaches } from 'reprise'
 * import { cacheFragments } from 'reprise/handlebars'
 *
 * const fragments = cacheFragments(Handlebars, createCaches())
 * const page = Handlebars.compile('{{#cache 500 "sidebar" user}}<b>{{user}}</b>{{/cache}}')
 * const html = await fragments.render(page, { user: 'alice' })
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function cacheFragments(
  handlebars: HandlebarsEnvironment,
  source: FragmentSource,
  options?: TemplateOptions,
): HandlebarsFragments {
  const fragments = new TemplateFragments(source, options)
  const safe = (text: string): object => new handlebars.SafeString(text)
  const frameOf = (data: object | undefined, more: object = {}): object =>
    Object.assign(handlebars.createFrame(data ?? {}), more)

  const parse = handlebars.parse.bind(handlebars)
  handlebars.parse = (text, parseOptions) => {
    const ast = parse(text, parseOptions) as HandlebarsNode
    return hoistHoles(ast, fragments.options.digest ? ownOf(ast) : undefined)
  }
  const partials = partialSources(handlebars)
  const digestOf = (own: string): string =>
    templateDigest(
      { name: '', source: own },
      {
        references: (text) => (JSON.parse(text) as [string, string[]])[1],
        load: (name) => {
          const partial = partials.get(name)
          if (partial === undefined) return undefined
          return { name, source: ownOf(parse(partial) as HandlebarsNode) }
        },
      },
    )

  handlebars.registerHelper('cache', function cache(this: unknown, ...given) {
    const { fn, inverse, hash, data, loc } = given.pop() as HelperOptions
    const { [HOLES]: ids, [OWN]: own, ...keywords } = hash
    const digest = () => (typeof own === 'string' ? digestOf(own) : undefined)
    const place = { template: loc?.source, line: loc?.start.line, digest }
    const read = () => positionalArguments(given, keywords)
    const holes = holesOf(ids, (asked) =>
      inverse(this, { data: frameOf(data, { [ASKED]: asked }) }),
    )
    return safe(tagText(fragments, place, read, () => fn(this, { data: frameOf(data) }), holes))
  })
  handlebars.registerHelper('nocache', function nocache(this: unknown, id, last) {
    const { fn, hash, data } = last as HelperOptions
    const render = (values: HoleValues) => fn(contextWith(this, values), { data })
    return safe(fragments.hole(String(id), hash as HoleValues, render))
  })
  handlebars.registerHelper(HOLE, function hole(this: unknown, id, last) {
    const { fn, data } = last as HelperOptions
    const asked = (data as { [ASKED]?: Asked } | undefined)?.[ASKED]
    return asked === undefined || asked.id !== id
      ? ''
      : safe(fn(contextWith(this, asked.values), { data }))
  })

  const render: HandlebarsFragments['render'] = (template, context = {}, runtime) =>
    fragments.render(() => template(context, runtime))
  const views = new CompiledViews((path) =>
    handlebars.compile(readFileSync(path, 'utf8'), { srcName: basename(path) }),
  )
  const express = expressEngine((path, context: ViewOptions) =>
    render(views.get(path, context), context),
  )
  return { render, express }
}

/** Handlebars puts a compiled function in place of a partial's text when it is first rendered. */
function partialSources(handlebars: HandlebarsEnvironment): ReadonlyMap<string, string> {
  const sources = new Map<string, string>()
  const note = (partials: object): void => {
    for (const [name, partial] of Object.entries(partials)) {
      if (typeof partial === 'string') sources.set(name, partial)
      else sources.delete(name)
    }
  }
  note(handlebars.partials ?? {})
  const register = handlebars.registerPartial?.bind(handlebars)
  if (register === undefined) return sources
  handlebars.registerPartial = (name, partial) => {
    register(name, partial)
    note(typeof name === 'string' ? { [name]: partial } : name)
  }
  return sources
}

interface Asked {
  readonly id: string
  readonly values: HoleValues
}

function holesOf(ids: unknown, render: (asked: Asked) => string): Map<string, HoleBody> {
  const names = typeof ids === 'string' ? ids.split(' ') : []
  return new Map(names.map((id) => [id, (values) => render({ id, values })]))
}

/** Handlebars reads no inherited properties, so this is a copy. */
function contextWith(context: unknown, values: HoleValues): object {
  return typeof context === 'object' ? { ...context, ...values } : { ...values }
}
