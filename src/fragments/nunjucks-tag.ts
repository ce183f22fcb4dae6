import { hash } from 'node:crypto'
import type {
  ListNode,
  NunjucksNode,
  NunjucksNodes,
  NunjucksParser,
  PairNode,
  ValueNode,
} from './nunjucks-ast.ts'
import { checkSynchronous, keepingVariables, namesSetIn } from './nunjucks-body.ts'
import type { OwnDigest } from './nunjucks-digest.ts'

/** What a tag is read from. */
export interface TagSource {
  readonly parser: NunjucksParser
  readonly nodes: NunjucksNodes
  /** Names of the environment's asynchronous filters. */
  readonly asyncFilters: readonly string[]
  /** Of the template that is being read. */
  readonly own: OwnDigest
  /** Ends the reading with an error that names the line. */
  fail(message: string, at: Place): never
}

interface Place {
  readonly lineno: number
  readonly colno: number
}

/** What the tags compile to: calls of these methods of the extension. */
export interface TagCalls {
  /** `{% cache %}` itself. `body` renders what is inside. */
  place(context: unknown, ...args: never[]): unknown
  /** `{% nocache %}` inside of it. */
  hole(context: unknown, ...args: never[]): unknown
  /** `{% nocache %}` on its own. */
  free(context: unknown, ...args: never[]): unknown
  /** The last thing in a body: it says that the body has run to its end. */
  bodyEnd(): string
}

/** An uncached part, as it is handed to the outermost tag around it. */
interface HoleNodes {
  readonly id: string
  readonly at: Place
  readonly names: readonly string[]
  readonly body: NunjucksNode
}

const KEYWORDS = ['digest', 'swr', 'tags', 'using', 'version']
const USAGE = '{% cache 500, "sidebar", user.id, using="fragments" %}'
const EACH_USAGE = '{% cacheEach posts as post, 500, "post", post.id %}'

/** The tags that are being read: a body is read by the same extension, before its tag is. */
export class TagReader {
  /** The uncached parts met so far, of each tag around the one being read; the outermost first. */
  around: HoleNodes[][] = []
}

/** Reads the tag that comes next into calls of the extension. */
export function parseFragmentTag(
  source: TagSource,
  reader: TagReader,
  calls: TagCalls,
): NunjucksNode {
  const tag = source.parser.nextToken()
  if (tag.value === 'nocache') return parseHole(source, reader, calls, tag)
  if (tag.value === 'cacheEach') return parseEach(source, reader, calls, tag)
  return parseCache(source, reader, calls, tag, 'cache')
}

/**
 * Reads `{% cache ttl, "name", vary… %} … {% endcache %}`.
 *
 * The body is passed as nunjucks passes the one of `{% call %}`: a function with a scope of its
 * own, and unlike a block argument of an extension it may contain `{% block %}`.
 */
function parseCache(
  source: TagSource,
  reader: TagReader,
  calls: TagCalls,
  tag: Place,
  tagName: 'cache' | 'cacheEach',
): NunjucksNode {
  const { nodes, own } = source
  const { lineno, colno } = tag
  const usage = tagName === 'cache' ? USAGE : EACH_USAGE
  const signature = signatureOf(source, tag, tagName, usage)
  const [ttl, name, ...varyOn] = signature.children.filter(
    (child) => !(child instanceof nodes.KeywordArgs),
  )
  if (ttl === undefined || name === undefined) {
    source.fail(`The \`${tagName}\` tag needs a ttl and a name: ${usage}.`, tag)
  }
  if (!(name instanceof nodes.Literal) || typeof name.value !== 'string' || name.value === '') {
    const which = tagName === 'cache' ? 'second argument' : 'second argument after the item'
    const message = `The ${which} of the \`${tagName}\` tag must be a name in quotes: ${usage}.`
    source.fail(message, name)
  }
  if (tagName === 'cacheEach' && varyOn.length === 0) {
    source.fail(`The \`cacheEach\` tag needs what tells its items apart: ${usage}.`, tag)
  }
  const keywords = keywordsOf(source, signature, tagName)
  const [body, holes] = bodyOf(source, reader, tag, tagName)
  checkSynchronous(source, body)

  const list = (children: NunjucksNode[]) => new nodes.NodeList(lineno, colno, children)
  const literal = (value: unknown) => new nodes.Literal(lineno, colno, value)
  const array = (children: NunjucksNode[]) => new nodes.Array(lineno, colno, children)
  const isOutermost = reader.around.length === 0
  const args = list([
    literal(lineno + 1),
    name,
    ttl,
    new nodes.Dict(lineno, colno, keywords),
    array(varyOn),
    array([literal(own[0]), array(own[1].map(literal))]),
    callerOf(source, calls, tag, [], body),
    array(
      holes.map(({ id, at, names, body }) =>
        array(
          isOutermost
            ? [literal(id), callerOf(source, calls, at, names, body), array(names.map(literal))]
            : [literal(id)],
        ),
      ),
    ),
  ])
  const call = new nodes.CallExtension(calls, 'place', args, [])
  const set = namesSetIn(nodes, body)
  return list(keepingVariables(nodes, call, set, lineno, colno))
}

/** `{% cacheEach items as item, ttl, "name", vary… %}`: a loop whose body is one fragment. */
function parseEach(
  source: TagSource,
  reader: TagReader,
  calls: TagCalls,
  tag: Place,
): NunjucksNode {
  const { parser, nodes, fail } = source
  const { lineno, colno } = tag
  let items: NunjucksNode
  let item: NunjucksNode
  try {
    items = parser.parseExpression()
    if (!parser.skipSymbol('as')) throw new Error('expected "as"')
    item = parser.parsePrimary()
    if (!(item instanceof nodes.Symbol)) throw new Error('expected a name after "as"')
    if (parser.nextToken().type !== 'comma') throw new Error('expected a comma')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail(`The \`cacheEach\` tag cannot be read (${reason}): ${EACH_USAGE}.`, tag)
  }
  const body = parseCache(source, reader, calls, tag, 'cacheEach')
  return new nodes.For(lineno, colno, items, item, body)
}

/**
 * Reads `{% nocache name=value… %} … {% endnocache %}`.
 *
 * Inside a `cache` tag its body is compiled in the place of the outermost one, since a hit runs no
 * cached body: so it sees what is known there, and the values it is given.
 */
function parseHole(
  source: TagSource,
  reader: TagReader,
  calls: TagCalls,
  tag: Place,
): NunjucksNode {
  const { parser, nodes } = source
  const { lineno, colno } = tag
  const signature = signatureOf(source, tag, 'nocache', '{% nocache %}')
  const pairs: PairNode[] = []
  for (const child of signature.children) {
    if (!(child instanceof nodes.KeywordArgs)) {
      source.fail('The `nocache` tag takes values with names: {% nocache id=post.id %}.', tag)
    }
    pairs.push(...(child.children as PairNode[]))
  }
  const names = pairs.map(({ key }) => nameOf(nodes, key))
  const from = parser.tokens.index
  // What a hole contains is rendered on its own: it is in no cached body.
  const { around } = reader
  reader.around = []
  let body: ListNode
  try {
    body = parser.parseUntilBlocks('endnocache')
  } finally {
    reader.around = around
  }
  const text = parser.tokens.str.slice(from, parser.tokens.index)
  endOf(source, tag, 'nocache')
  checkSynchronous(source, body)
  // Of its text, not of its place: in what an older template stored it must not stand for another.
  const id = hash('sha256', `${names.join()}:${text}`, 'base64url').slice(0, 12)
  const literal = (value: unknown) => new nodes.Literal(lineno, colno, value)
  const values = new nodes.Dict(lineno, colno, named(nodes, pairs))
  const list = (children: NunjucksNode[]) => new nodes.NodeList(lineno, colno, children)
  const args = [literal(lineno + 1), literal(id), values]
  if (around.length === 0) {
    const caller = callerOf(source, calls, tag, names, body)
    const handed = new nodes.Array(lineno, colno, names.map(literal))
    return new nodes.CallExtension(calls, 'free', list([...args, caller, handed]), [])
  }
  for (const holes of around) {
    if (!holes.some((hole) => hole.id === id)) holes.push({ id, at: tag, names, body })
  }
  return new nodes.CallExtension(calls, 'hole', list(args), [])
}

/** A function that renders `body`, with these arguments. */
function callerOf(
  { nodes }: TagSource,
  calls: TagCalls,
  { lineno, colno }: Place,
  names: readonly string[],
  body: NunjucksNode,
): NunjucksNode {
  const symbol = (name: string): ValueNode => new nodes.Symbol(lineno, colno, name)
  const list = (children: NunjucksNode[]) => new nodes.NodeList(lineno, colno, children)
  const end = new nodes.CallExtension(calls, 'bodyEnd', list([]), [])
  const whole = list([body, end])
  return new nodes.Caller(lineno, colno, symbol('caller'), list(names.map(symbol)), whole)
}

function bodyOf(
  source: TagSource,
  reader: TagReader,
  tag: Place,
  tagName: string,
): [ListNode, HoleNodes[]] {
  const holes: HoleNodes[] = []
  reader.around.push(holes)
  try {
    const body = source.parser.parseUntilBlocks(`end${tagName}`)
    endOf(source, tag, tagName)
    return [body, holes]
  } finally {
    reader.around.pop()
  }
}

/** nunjucks itself says `expected comma after expression`, of no tag: Django's tag has no commas. */
function signatureOf(
  { parser, fail }: TagSource,
  tag: Place,
  tagName: string,
  usage: string,
): ListNode {
  try {
    const signature = parser.parseSignature(null, true)
    parser.advanceAfterBlockEnd(tagName)
    return signature
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail(`The \`${tagName}\` tag cannot be read (${reason}): ${usage}.`, tag)
  }
}

/** nunjucks itself says `unexpected end of file`, and not which tag was never ended. */
function endOf({ parser, fail }: TagSource, tag: Place, tagName: string): void {
  try {
    parser.advanceAfterBlockEnd()
  } catch {
    fail(`The \`${tagName}\` tag has no {% end${tagName} %}.`, tag)
  }
}

function keywordsOf(source: TagSource, signature: ListNode, tagName: string): PairNode[] {
  const { nodes } = source
  const seen = new Set<string>()
  const pairs: PairNode[] = []
  for (const child of signature.children) {
    if (!(child instanceof nodes.KeywordArgs)) continue
    for (const pair of child.children as PairNode[]) {
      const key = nameOf(nodes, pair.key)
      if (!KEYWORDS.includes(key) || seen.has(key)) {
        const allowed = `it takes one each of ${KEYWORDS.map((word) => `\`${word}=\``).join(', ')}`
        source.fail(`The \`${tagName}\` tag has \`${key}=\`: ${allowed}, no more.`, pair)
      }
      seen.add(key)
      pairs.push(pair)
    }
  }
  return named(nodes, pairs)
}

/** With literal keys: a symbol would be looked up. */
function named(nodes: NunjucksNodes, pairs: readonly PairNode[]): PairNode[] {
  return pairs.map(({ lineno, colno, key, value }) => {
    const name = new nodes.Literal(lineno, colno, nameOf(nodes, key))
    return new nodes.Pair(lineno, colno, name, value)
  })
}

function nameOf(nodes: NunjucksNodes, key: NunjucksNode): string {
  return key instanceof nodes.Symbol ? String(key.value) : '…'
}
