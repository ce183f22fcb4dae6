/**
 * Cached sections for [Mustache](https://github.com/janl/mustache.js).
 *
 * @module
 */

import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { HoleValues } from './content.ts'
import {
  CompiledViews,
  type ExpressEngine,
  expressEngine,
  type ViewOptions,
} from './express-engine.ts'
import type { FragmentOptions } from './fragment-options.ts'
import type { HoleBody } from './passes.ts'
import type { FragmentSource } from './source.ts'
import { SourceDigests } from './source-digests.ts'
import { namedArguments, type TagPlace, tagText } from './tag.ts'
import { TemplateFragments, type TemplateOptions } from './templates.ts'

export type { ExpressEngine } from './express-engine.ts'
export type { FragmentOptions } from './fragment-options.ts'
export type { FragmentSource } from './source.ts'
export type { TemplateOptions } from './templates.ts'

/** Looks a name up where a section stands, as `{{name}}` does there. */
export type MustacheLookup = (name: string) => unknown

/** A value for a view: a section of its name is cached, or rendered each time. */
export type MustacheSection = () => (text: string, render: (text: string) => string) => string

/** The partials of a page: by name, or a function that knows them. */
export type MustachePartials =
  | Readonly<Record<string, string>>
  | ((name: string) => string | undefined)

/** What {@link cacheFragments} needs of Mustache. */
export interface MustacheEngine {
  // biome-ignore lint/suspicious/noExplicitAny: its methods are replaced by ones of its own types.
  readonly Writer: new () => any
}

/** Renders Mustache templates with their fragments cached. */
export interface MustacheFragments {
  /**
   * Makes a value for a view: the section of its name is a cached fragment. What depends on where the
   * section stands is told by a function.
   */
  cache(
    name: string,
    options?: FragmentOptions | ((lookup: MustacheLookup) => FragmentOptions),
  ): MustacheSection
  /**
   * Makes a value for a view: the section of its name, inside of a cached one, is rendered each time.
   * It sees what is known where the outermost cached section stands, and the values.
   */
  nocache(values?: (lookup: MustacheLookup) => HoleValues): MustacheSection
  /**
   * Renders a template, as `Mustache.render` does; `name` is what errors call it.
   *
   * @throws {@link CacheError} `ERR_TEMPLATE` where a section is used wrongly.
   */
  render(
    template: string,
    view: object,
    partials?: MustachePartials,
    name?: string,
  ): Promise<string>
  /** For `app.engine('mustache', fragments.express)`; `partials` among the locals are its partials. */
  readonly express: ExpressEngine
}

interface Context {
  readonly view: unknown
  readonly parent?: Context
  lookup(name: string): unknown
  push(view: unknown): Context
}

/** `[type, name, start of the tag, its end, tokens inside, start of the end tag]` */
type Token = readonly [string, string, number, number, readonly Token[] | undefined, number?]

/** What a section is rendered with, besides its token. */
type Surroundings = readonly [Context, MustachePartials | undefined, string, unknown]

interface Writer {
  parse(template: string): readonly Token[]
  render(template: string, view: object, partials?: MustachePartials): string
  renderTokens(tokens: readonly Token[], ...around: Surroundings): string
  renderSection(token: Token, ...around: Surroundings): string | undefined
  renderPartial(token: Token, context: Context, partials: unknown, config: unknown): unknown
}

type Definition =
  | {
      readonly kind: 'cache'
      readonly name: string
      readonly options: FragmentOptions | ((lookup: MustacheLookup) => FragmentOptions)
    }
  | { readonly kind: 'nocache'; readonly values: (lookup: MustacheLookup) => HoleValues }

/**
 * Returns what renders Mustache templates with cached sections. Mustache has no logic in its
 * templates, so what a fragment is called, and what it depends on, is said in the view.
 *
 * A page is rendered in passes: the rest of the view's functions run more than once per page, and
 * must be cheap and without side effects. All fragments of a page are read in one round trip.
 *
 * @example
 * ```ts
 * import Mustache from 'mustache'
 * import { createCaches } from 'reprise'
 * import { cacheFragments } from 'reprise/mustache'
 *
 * const fragments = cacheFragments(Mustache, createCaches())
 * const view = {
 *   user: 'alice',
 *   sidebar: fragments.cache('sidebar', (lookup) => ({ ttl: 500, varyOn: [lookup('user')] })),
 * }
 * const html = await fragments.render('{{#sidebar}}<b>{{user}}</b>{{/sidebar}}', view)
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function cacheFragments(
  mustache: MustacheEngine,
  source: FragmentSource,
  options?: TemplateOptions,
): MustacheFragments {
  const fragments = new TemplateFragments(source, options)
  const writer = sectionWriter(new mustache.Writer() as Writer, fragments)
  const render: MustacheFragments['render'] = (template, view, partials, name) =>
    fragments.render(() => writer.page(template, view, partials, name))
  const views = new CompiledViews((path) => readFileSync(path, 'utf8'))
  return {
    cache: (name, given = {}) => defined({ kind: 'cache', name, options: given }),
    nocache: (values = () => ({})) => defined({ kind: 'nocache', values }),
    render,
    express: expressEngine((path, view: ViewOptions & { partials?: MustachePartials }) =>
      render(views.get(path, view), view, view.partials, basename(path)),
    ),
  }
}

const definitions = new WeakMap<object, Definition>()

/** Any other writer takes it for a lambda, and renders the section. */
function defined(definition: Definition): MustacheSection {
  const lambda = (text: string, render: (text: string) => string): string => render(text)
  const section = () => lambda
  definitions.set(section, definition)
  return section
}

interface PageWriter {
  page(template: string, view: object, partials?: MustachePartials, name?: string): string
}

function sectionWriter(writer: Writer, fragments: TemplateFragments): PageWriter {
  let current: string | undefined
  let digests: SourceDigests | undefined
  const plainSection = writer.renderSection.bind(writer)
  const plainPartial = writer.renderPartial.bind(writer)

  writer.renderSection = (token, ...around) => {
    const [context, , text] = around
    const definition = definitionOf(token, context)
    if (definition === undefined) return plainSection(token, ...around)
    const lookup = (name: string): unknown => context.lookup(name)
    const [, , start, , tokens = []] = token
    const body = (): string => writer.renderTokens(tokens, ...around)
    if (definition.kind === 'nocache') {
      return fragments.hole(idOf(token), definition.values(lookup), holeBody(writer, token, around))
    }
    const { name, options } = definition
    const place: TagPlace = {
      template: current,
      line: text.slice(0, start).split('\n').length,
      digest: () => digests?.of({ name: '', source: text }),
    }
    const read = () =>
      namedArguments(name, typeof options === 'function' ? options(lookup) : options)
    return tagText(fragments, place, read, body, holesOf(writer, tokens, around))
  }
  writer.renderPartial = (token, context, partials, config) => {
    const outer = current
    current = token[1]
    try {
      return plainPartial(token, context, partials, config)
    } finally {
      current = outer
    }
  }
  return {
    page(template, view, partials, name) {
      current = name
      digests = partialDigests(writer, partials)
      return writer.render(template, view, partials)
    },
  }
}

/** For one pass: the partials of the next may be others. */
function partialDigests(writer: Writer, partials: MustachePartials | undefined): SourceDigests {
  const namesOf = (tokens: readonly Token[]): string[] =>
    tokens.flatMap(([type, name, , , inside]) => {
      if (type === '>') return [name]
      return Array.isArray(inside) ? namesOf(inside) : []
    })
  return new SourceDigests({
    references: (source) => namesOf(writer.parse(source)),
    load: (name) => {
      const source = typeof partials === 'function' ? partials(name) : partials?.[name]
      return source === undefined ? undefined : { name, source }
    },
  })
}

/** Without calling it: Mustache's own look-up calls what is a function, such as one that loads. */
function definitionOf([, name]: Token, context: Context): Definition | undefined {
  const [first = '', ...path] = name.split('.')
  for (let at: Context | undefined = context; at !== undefined; at = at.parent) {
    const { view } = at
    if (typeof view !== 'object' || view === null || !(first in view)) continue
    const value = [first, ...path].reduce<unknown>(
      (object, key) => (object as Record<string, unknown> | null | undefined)?.[key],
      view,
    )
    return typeof value === 'function' ? definitions.get(value) : undefined
  }
  return undefined
}

function holeBody(
  writer: Writer,
  [, , , , tokens = []]: Token,
  [context, ...others]: Surroundings,
): HoleBody {
  return (values) => writer.renderTokens(tokens, context.push(values), ...others)
}

/** The uncached parts among the tokens, however deep. Which sections are such, the view tells. */
function holesOf(
  writer: Writer,
  tokens: readonly Token[],
  around: Surroundings,
): Map<string, HoleBody> {
  const holes = new Map<string, HoleBody>()
  const visit = (inside: readonly Token[]): void => {
    for (const token of inside) {
      const [type, , , , children] = token
      if (type !== '#' && type !== '^') continue
      if (definitionOf(token, around[0])?.kind === 'nocache') {
        holes.set(idOf(token), holeBody(writer, token, around))
      } else visit(children ?? [])
    }
  }
  visit(tokens)
  return holes
}

/** Of what is written in it: its place in the template is no part of it. */
function idOf(token: Token): string {
  const contentOf = ([type, name, , , children]: Token): unknown =>
    Array.isArray(children) ? [type, name, children.map(contentOf)] : [type, name]
  return hash('sha256', JSON.stringify(contentOf(token)), 'base64url').slice(0, 12)
}
