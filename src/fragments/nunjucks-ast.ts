/**
 * The parts of nunjucks's parser and of its tree that the `cache` tag uses. They are not in its
 * types; the names and fields are those of nunjucks 3.2, `src/nodes.js` and `src/parser.js`.
 *
 * @module
 */

export interface NunjucksNode {
  readonly lineno: number
  readonly colno: number
  findAll(type: NunjucksNodeClass): NunjucksNode[]
}

export interface ValueNode extends NunjucksNode {
  readonly value: unknown
}

export interface ListNode extends NunjucksNode {
  readonly children: NunjucksNode[]
  addChild(node: NunjucksNode): void
}

export interface PairNode extends NunjucksNode {
  readonly key: NunjucksNode
  readonly value: NunjucksNode
}

export interface FilterNode extends NunjucksNode {
  readonly name: ValueNode
}

export interface SetNode extends NunjucksNode {
  readonly targets: readonly ValueNode[]
  /** Of `{% set x %}…{% endset %}`. `findAll` does not look into it. */
  readonly body?: NunjucksNode
}

export interface NunjucksNodeClass<Node = NunjucksNode> {
  new (lineno: number, colno: number, ...fields: readonly unknown[]): Node
}

export interface NunjucksNodes {
  readonly Array: NunjucksNodeClass<ListNode>
  readonly CallExtension: new (
    extension: object,
    method: string,
    args: NunjucksNode,
    bodies: readonly NunjucksNode[],
  ) => NunjucksNode
  readonly CallExtensionAsync: NunjucksNodeClass
  readonly Caller: NunjucksNodeClass
  readonly Dict: NunjucksNodeClass<ListNode>
  readonly For: NunjucksNodeClass
  readonly Pair: NunjucksNodeClass<PairNode>
  readonly Compare: NunjucksNodeClass
  readonly CompareOperand: NunjucksNodeClass
  readonly Filter: NunjucksNodeClass<FilterNode>
  readonly If: NunjucksNodeClass
  readonly KeywordArgs: NunjucksNodeClass<ListNode>
  readonly Literal: NunjucksNodeClass<ValueNode>
  readonly LookupVal: NunjucksNodeClass
  readonly NodeList: NunjucksNodeClass<ListNode>
  readonly Set: NunjucksNodeClass<SetNode>
  readonly Symbol: NunjucksNodeClass<ValueNode>
}

export interface NunjucksToken {
  readonly value: string
  readonly lineno: number
  readonly colno: number
}

export interface NunjucksParser {
  /** Of which `str` is the whole source, and `index` how much of it was read. */
  readonly tokens: { readonly str: string; readonly index: number }
  parseExpression(): NunjucksNode
  /** Reads on where the next token is this word; returns whether it was. */
  skipSymbol(word: string): boolean
  parsePrimary(): NunjucksNode
  peekToken(): NunjucksToken & { readonly type: string }
  nextToken(): NunjucksToken & { readonly type: string }
  /** With `noParens`: reads to the end of the tag. Keyword arguments come last, as one node. */
  parseSignature(tolerant: boolean | null, noParens: boolean): ListNode
  advanceAfterBlockEnd(name?: string): unknown
  parseUntilBlocks(...names: string[]): ListNode
  /** Throws an error that names the line; the template's name is added by who loads it. */
  fail(message: string, lineno: number, colno: number): never
}
