import { hash } from 'node:crypto'
import type { HoleValues } from './content.ts'
import { fragment } from './fragment.ts'
import { awaited, type Context, finished, isolated, type Steps } from './liquid-context.ts'
import type { HoleBody } from './passes.ts'
import { currentScope } from './scope.ts'
import type { FragmentSource } from './source.ts'
import { namesIn, readOrNothing, SourceDigests } from './source-digests.ts'
import {
  digestedOptions,
  positionalArguments,
  type TagArguments,
  type TagPlace,
  tagError,
  tagText,
} from './tag.ts'
import { type TemplateFragments, templateError } from './templates.ts'

/** What the tags need of a `Liquid` object. */
export interface LiquidTags {
  // biome-ignore lint/suspicious/noExplicitAny: LiquidJS's own types: its classes have private fields.
  registerTag(name: string, tag: any): void
  // biome-ignore lint/suspicious/noExplicitAny: LiquidJS's own types.
  parse(source: string, file?: string): any
  readonly renderer: {
    // biome-ignore lint/suspicious/noExplicitAny: LiquidJS's own types.
    renderTemplates(templates: any, context: any): IterableIterator<any>
  }
}

interface Token {
  readonly name?: string
  readonly file?: string
  /** The whole template. */
  readonly input: string
  readonly tokenizer: Tokenizer
  getText(): string
  getPosition(): readonly [line: number, column: number]
}

interface Tokenizer {
  p: number
  end(): boolean
  peek(): string
  advance(): void
  skipBlank(): void
  readIdentifier(): { readonly content: string }
  readFilteredValue(): unknown
}

interface Parser {
  readonly loader: {
    lookup(file: string, type: string, sync: boolean, currentFile: string): Steps
  }
  readonly fs: { readFileSync(path: string): string }
  parseToken(token: Token, remaining: Token[]): unknown
}

interface Value {
  value(context: Context, isLenient: boolean): Steps
}

interface Arguments {
  readonly values: readonly Value[]
  readonly keywords: ReadonlyMap<string, Value>
}

/** An uncached part inside of a `cache` tag. */
interface Hole {
  readonly id: string
  readonly templates: readonly unknown[]
}

/** A name in quotes, or without them where `dynamicPartials` is off. */
const INCLUDE = /\{%-?\s*(?:include|render|layout)\s+(["']?)(?<name>[^"',%\s]+)\1/g

/** Registers the tags `cache` and `nocache`. */
export function cacheTags(
  liquid: LiquidTags,
  source: FragmentSource,
  fragments: TemplateFragments,
): void {
  const toValue = valueReader(liquid)
  const run = (templates: readonly unknown[], context: Context): Steps =>
    liquid.renderer.renderTemplates(templates, context) as Steps
  const runHole = (hole: Hole, context: Context, values: HoleValues): Steps =>
    run(hole.templates, isolated(context, values))
  let loading: Parser | undefined
  const digests = new SourceDigests({
    references: (text) => namesIn(text, INCLUDE),
    load: (name, from) =>
      readOrNothing(() => {
        if (loading === undefined) return undefined
        const path = finished(loading.loader.lookup(name, 'partials', true, from.name))
        return { name: path, source: loading.fs.readFileSync(path) }
      }),
  })
  /** The holes of the `cache` tags that are being parsed, the innermost last. */
  const around: Hole[][] = []

  class CacheTag {
    readonly token: Token
    readonly #arguments: Arguments
    readonly #templates: readonly unknown[]
    readonly #holes: Hole[] = []

    constructor(token: Token, remaining: Token[], _liquid: unknown, parser: Parser) {
      loading = parser
      digests.forget()
      this.token = token
      this.#arguments = readArguments(token, toValue)
      if (this.#arguments.values.length < 2) {
        const usage = 'The `cache` tag needs a ttl and a name: {% cache 60, "name" %}.'
        throw templateError(placeOf(token), usage)
      }
      around.push(this.#holes)
      try {
        this.#templates = bodyOf(token, remaining, parser).templates
      } finally {
        around.pop()
      }
    }

    *render(context: Context): Steps {
      const { file: name = '', input } = this.token
      const digest = () => digests.of({ name, source: input })
      const place = { ...placeOf(this.token), digest }
      const [given, keywords] = (yield evaluated(this.#arguments, context)) as Evaluated
      const read = (): TagArguments => positionalArguments(given, keywords)
      if (!context.sync) return yield this.#text(place, read, context)
      const holes = new Map<string, HoleBody>()
      for (const hole of this.#holes) {
        holes.set(hole.id, (values) => finished(runHole(hole, context, values)))
      }
      const body = () => finished(run(this.#templates, isolated(context)))
      return tagText(fragments, place, read, body, holes)
    }

    #text(place: TagPlace, read: () => TagArguments, context: Context): Promise<string> {
      const inner = isolated(context)
      let thrown: unknown
      const holes = this.#holes.map((hole) => [
        hole.id,
        (values: HoleValues) => awaited(runHole(hole, inner, values)),
      ])
      return (async () => {
        try {
          const { name, options } = read()
          const given = {
            ...digestedOptions(fragments, place, options),
            holes: Object.fromEntries(holes),
          }
          return await fragment(source, name as string, given, () =>
            awaited(run(this.#templates, isolated(inner))).catch((error: unknown) => {
              thrown = error
              throw error
            }),
          )
        } catch (error) {
          throw error === thrown ? error : tagError(place, error)
        }
      })()
    }
  }

  class NocacheTag {
    readonly token: Token
    readonly #arguments: Arguments
    readonly #hole: Hole

    constructor(token: Token, remaining: Token[], _liquid: unknown, parser: Parser) {
      this.token = token
      this.#arguments = readArguments(token, toValue)
      const { templates, text } = bodyOf(token, remaining, parser)
      const id = hash('sha256', token.getText() + text, 'base64url').slice(0, 12)
      this.#hole = { id, templates }
      for (const holes of around) holes.push(this.#hole)
    }

    *render(context: Context): Steps {
      const [, values] = (yield evaluated(this.#arguments, context)) as Evaluated
      const hole = this.#hole
      const given = values as HoleValues
      if (!context.sync) {
        return currentScope()?.hole(hole.id, given) ?? (yield runHole(hole, context, given))
      }
      return fragments.hole(hole.id, given, () => finished(runHole(hole, context, given)))
    }
  }

  liquid.registerTag('cache', CacheTag)
  liquid.registerTag('nocache', NocacheTag)
}

function placeOf(token: Token): TagPlace {
  return { template: token.file, line: token.getPosition()[0] }
}

function bodyOf(
  token: Token,
  remaining: Token[],
  parser: Parser,
): { readonly templates: readonly unknown[]; readonly text: string } {
  const end = `end${token.name}`
  const templates: unknown[] = []
  let text = ''
  for (let next = remaining.shift(); next !== undefined; next = remaining.shift()) {
    if (next.name === end) return { templates, text }
    const before = [...remaining]
    templates.push(parser.parseToken(next, remaining))
    const taken = before.slice(0, before.length - remaining.length)
    text += [next, ...taken].map((part) => part.getText()).join('')
  }
  throw templateError(placeOf(token), `The \`${token.name}\` tag has no {% ${end} %}.`)
}

/** LiquidJS's own class of values with filters, which it does not hand to tags. */
function valueReader(liquid: LiquidTags): (tokens: unknown) => Value {
  const { outputDelimiterLeft: left = '{{', outputDelimiterRight: right = '}}' } =
    (liquid as { options?: { outputDelimiterLeft?: string; outputDelimiterRight?: string } })
      .options ?? {}
  const [output] = liquid.parse(`${left} x ${right}`) as { value: Value }[]
  const ValueClass = output?.value.constructor as new (tokens: unknown, engine: unknown) => Value
  return (tokens) => new ValueClass(tokens, liquid)
}

function readArguments({ tokenizer }: Token, toValue: (tokens: unknown) => Value): Arguments {
  const values: Value[] = []
  const keywords = new Map<string, Value>()
  for (;;) {
    tokenizer.skipBlank()
    while (tokenizer.peek() === ',') {
      tokenizer.advance()
      tokenizer.skipBlank()
    }
    if (tokenizer.end()) return { values, keywords }
    const start = tokenizer.p
    const { content } = tokenizer.readIdentifier()
    tokenizer.skipBlank()
    const isKeyword = content !== '' && tokenizer.peek() === ':'
    if (isKeyword) tokenizer.advance()
    else tokenizer.p = start
    const from = tokenizer.p
    const value = toValue(tokenizer.readFilteredValue())
    if (isKeyword) keywords.set(content, value)
    else values.push(value)
    if (tokenizer.p === from) tokenizer.advance()
  }
}

type Evaluated = readonly [readonly unknown[], Readonly<Record<string, unknown>>]

function* evaluated({ values, keywords }: Arguments, context: Context): Steps {
  const given: unknown[] = []
  for (const value of values) given.push(plain(yield value.value(context, true)))
  const named: Record<string, unknown> = {}
  for (const [name, value] of keywords) named[name] = plain(yield value.value(context, true))
  return [given, named]
}

/** `nil` and its like are objects of LiquidJS until they are asked. */
function plain(value: unknown): unknown {
  const isDrop = typeof value === 'object' && value !== null && 'liquidMethodMissing' in value
  return isDrop ? value.valueOf() : value
}
