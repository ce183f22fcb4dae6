import type {
  FilterNode,
  ListNode,
  NunjucksNode,
  NunjucksNodeClass,
  NunjucksNodes,
  NunjucksParser,
  PairNode,
  SetNode,
  ValueNode,
} from './nunjucks-ast.ts'

/** What the tag is read from. */
export interface TagSource {
  readonly parser: NunjucksParser
  readonly nodes: NunjucksNodes
  /** Names of the environment's asynchronous filters. */
  readonly asyncFilters: readonly string[]
  /** Ends the reading with an error that names the line. */
  fail(message: string, at: { readonly lineno: number; readonly colno: number }): never
}

/** What the tag compiles to: calls of these methods of the extension. */
export interface CacheTagExtension {
  /** `{% cache %}` itself. `body` renders what is inside; `using` is `undefined` where not given. */
  place(
    context: unknown,
    line: number,
    name: string,
    ttl: unknown,
    using: readonly unknown[],
    varyOn: readonly unknown[],
    body: () => unknown,
  ): unknown
  /** The last thing in a body: it says that the body has run to its end. */
  bodyEnd(): string
}

const SAVED = '_reprise_saved'

/** Counts the tags, so that each saves under names of its own. */
let tags = 0

/**
 * Reads `{% cache ttl, "name", vary… %} … {% endcache %}` into a call of the extension.
 *
 * The body is passed as nunjucks passes the one of `{% call %}`: a function with a scope of its
 * own, and unlike a block argument of an extension it may contain `{% block %}`.
 */
export function parseCacheTag(source: TagSource, extension: CacheTagExtension): NunjucksNode {
  const { parser, nodes } = source
  const tag = parser.nextToken()
  const { lineno, colno } = tag
  const signature = signatureOf(source, tag)
  const [ttl, name, ...varyOn] = signature.children.filter(
    (child) => !(child instanceof nodes.KeywordArgs),
  )
  if (ttl === undefined || name === undefined) {
    source.fail(`The \`cache\` tag needs a ttl and a name: ${USAGE}.`, tag)
  }
  if (!(name instanceof nodes.Literal) || typeof name.value !== 'string' || name.value === '') {
    const message = `The second argument of the \`cache\` tag must be a name in quotes: ${USAGE}.`
    source.fail(message, name)
  }
  const using = usingOf(source, signature)
  const body = parser.parseUntilBlocks('endcache')
  endOf(source, tag)
  checkSynchronous(source, body)

  const list = (children: NunjucksNode[]) => new nodes.NodeList(lineno, colno, children)
  body.addChild(new nodes.CallExtension(extension, 'bodyEnd', list([]), []))
  const caller = new nodes.Symbol(lineno, colno, 'caller')
  const args = list([
    new nodes.Literal(lineno, colno, lineno + 1),
    name,
    ttl,
    new nodes.Array(lineno, colno, using),
    new nodes.Array(lineno, colno, varyOn),
    new nodes.Caller(lineno, colno, caller, list([]), body),
  ])
  const call = new nodes.CallExtension(extension, 'place', args, [])
  return list(keepingVariables(nodes, call, namesSetIn(nodes, body), lineno, colno))
}

const USAGE = '{% cache 500, "sidebar", user.id, using="fragments" %}'

interface Place {
  readonly lineno: number
  readonly colno: number
}

/** nunjucks itself says `expected comma after expression`, of no tag: Django's tag has no commas. */
function signatureOf({ parser, fail }: TagSource, tag: Place): ListNode {
  try {
    const signature = parser.parseSignature(null, true)
    parser.advanceAfterBlockEnd('cache')
    return signature
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail(`The \`cache\` tag cannot be read (${reason}): ${USAGE}.`, tag)
  }
}

/** nunjucks itself says `unexpected end of file`, and not which tag was never ended. */
function endOf({ parser, fail }: TagSource, tag: Place): void {
  try {
    parser.advanceAfterBlockEnd()
  } catch {
    fail('The `cache` tag has no {% endcache %}.', tag)
  }
}

function usingOf(source: TagSource, signature: ListNode): NunjucksNode[] {
  const { nodes } = source
  const using: NunjucksNode[] = []
  for (const child of signature.children) {
    if (!(child instanceof nodes.KeywordArgs)) continue
    for (const pair of child.children as PairNode[]) {
      const key = pair.key instanceof nodes.Symbol ? String(pair.key.value) : '…'
      if (key !== 'using' || using.length > 0) {
        source.fail(`The \`cache\` tag has \`${key}=\`: it takes one \`using=\`, no more.`, pair)
      }
      using.push(pair.value)
    }
  }
  return using
}

/**
 * Refuses what nunjucks would move out of the body, or would finish after the body has returned.
 *
 * Measured with 3.2.4: an asynchronous filter inside a tag's body is evaluated before the tag, in
 * the outer scope, so that a loop variable of the body is undefined to it.
 */
function checkSynchronous({ nodes, asyncFilters, fail }: TagSource, body: NunjucksNode): void {
  for (const filter of findDeep<FilterNode>(nodes, body, nodes.Filter)) {
    const name = String(filter.name.value)
    if (asyncFilters.includes(name)) {
      fail(`The filter \`${name}\` is asynchronous: a cached body must be synchronous.`, filter)
    }
  }
  if (findDeep(nodes, body, nodes.CallExtensionAsync).length > 0) {
    fail('A cached body has an asynchronous tag: it must be synchronous.', body)
  }
}

function namesSetIn(nodes: NunjucksNodes, body: NunjucksNode): string[] {
  const names = findDeep<SetNode>(nodes, body, nodes.Set)
    .flatMap((set) => set.targets.map((target) => target.value))
    .filter((name) => typeof name === 'string')
  return [...new Set(names)].filter((name) => !name.startsWith(SAVED))
}

/** `findAll`, and inside `{% set x %}…{% endset %}` too, which `findAll` passes over. */
function findDeep<Node extends NunjucksNode>(
  nodes: NunjucksNodes,
  root: NunjucksNode,
  type: NunjucksNodeClass<Node>,
): Node[] {
  const captured = root
    .findAll(nodes.Set)
    .flatMap((set) => (set as SetNode).body ?? [])
    .flatMap((body) => findDeep(nodes, body, type))
  return [...(root.findAll(type) as Node[]), ...captured]
}

/**
 * Puts back after the tag what `{% set %}` inside it has changed outside.
 *
 * The body's scope alone does not do: measured with nunjucks 3.2.4, a `set` of a loop variable
 * writes through any scope, because it compiles to a JavaScript variable, and one inside a `for`
 * skips the scope that should stop it. On a hit the body does not run, so either would make a page
 * that differs between hit and miss.
 */
function keepingVariables(
  nodes: NunjucksNodes,
  call: NunjucksNode,
  names: readonly string[],
  lineno: number,
  colno: number,
): NunjucksNode[] {
  tags += 1
  const before: NunjucksNode[] = []
  const after: NunjucksNode[] = []
  const symbol = (name: string): ValueNode => new nodes.Symbol(lineno, colno, name)
  const set = (name: string, value: NunjucksNode) =>
    new nodes.Set(lineno, colno, [symbol(name)], value)
  for (const name of names) {
    // Leading underscore: nunjucks does not export it. In an array, so that it is never undefined
    // and never found in an outer template.
    const saved = `${SAVED}_${tags}_${name}`
    const savedValue = (): NunjucksNode =>
      new nodes.LookupVal(lineno, colno, symbol(saved), new nodes.Literal(lineno, colno, 0))
    const operand = new nodes.CompareOperand(lineno, colno, savedValue(), '!==')
    const changed = new nodes.Compare(lineno, colno, symbol(name), [operand])
    const restore = new nodes.NodeList(lineno, colno, [set(name, savedValue())])
    before.push(set(saved, new nodes.Array(lineno, colno, [symbol(name)])))
    after.push(new nodes.If(lineno, colno, changed, restore))
  }
  return [...before, call, ...after]
}
