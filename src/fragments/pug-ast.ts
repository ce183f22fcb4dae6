import { hash } from 'node:crypto'

/** A node of a template that Pug has parsed. */
export interface PugNode {
  readonly type: string
  readonly [key: string]: unknown
}

interface MixinCall extends PugNode {
  readonly args: string | null
  readonly attrs: readonly { readonly name: string; readonly val: unknown }[]
  readonly block: PugNode | null
}

/** An uncached part: a function of its values. */
interface Hole {
  readonly id: string
  readonly names: readonly string[]
  readonly block: PugNode | null
}

/** What is compiled: files that are included are in it already. */
interface Compiled {
  readonly calls: string
  readonly root: PugNode
}

/** Under which name a template finds what its tags call. */
export const CALLS = 'reprise_fragments'

/**
 * Turns `+cache` and `+nocache` into code. Their bodies become functions that write into Pug's own
 * variable, as mixins do that are called in them.
 */
export function compileTags(root: PugNode, calls: string): PugNode {
  return rewrite(root, [], { calls, root }) as PugNode
}

function rewrite(value: unknown, around: Hole[][], compiled: Compiled): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, around, compiled))
  if (typeof value !== 'object' || value === null) return value
  const node = value as PugNode
  if (isCall(node, 'cache')) return cacheNodes(node, around, compiled)
  if (isCall(node, 'nocache')) return nocacheNodes(node, around, compiled)
  return Object.fromEntries(
    Object.entries(node).map(([key, field]) => [key, rewrite(field, around, compiled)]),
  )
}

function isCall(node: PugNode, name: string): node is MixinCall {
  return node.type === 'Mixin' && node.call === true && node.name === name
}

function cacheNodes(node: MixinCall, around: Hole[][], compiled: Compiled): PugNode {
  const holes: Hole[] = []
  const body = rewrite(node.block, [...around, holes], compiled) as PugNode | null
  const place = `${JSON.stringify(node.filename ?? null)}, ${Number(node.line)}, "${digestOf(node, compiled.root)}"`
  const call = `${compiled.calls}.cache(${place}, [${node.args ?? ''}], ${objectOf(node)}`
  const nodes: (PugNode | null)[] = [code(node, `pug_html = pug_html + ${call}, () => {${BEGIN}`)]
  nodes.push(body)
  // Pug puts statements of its own before each node: between two of them is always a body.
  let between = `${END}}, [`
  for (const { id, names, block } of holes) {
    nodes.push(code(node, `${between}["${id}", ({ ${names.join(', ')} }) => {${BEGIN}`), block)
    between = `${END}}],`
  }
  nodes.push(code(node, `${between}]);`))
  return blockOf(node, nodes)
}

function nocacheNodes(node: MixinCall, around: Hole[][], compiled: Compiled): PugNode {
  const source = JSON.stringify([node.args, node.attrs, node.block], withoutPlaces)
  const id = hash('sha256', source, 'base64url').slice(0, 12)
  const names = node.attrs.map(({ name }) => name)
  const block = rewrite(node.block, [], compiled) as PugNode | null
  for (const holes of around) holes.push({ id, names, block })
  const call = `${compiled.calls}.hole("${id}", ${objectOf(node)}`
  return blockOf(node, [
    code(node, `pug_html = pug_html + ${call}, ({ ${names.join(', ')} }) => {${BEGIN}`),
    block,
    code(node, `${END}});`),
  ])
}

// Saved and put back, not shadowed: a mixin that is called in the body writes into the outer one.
const BEGIN = ' const reprise_outer = pug_html; pug_html = ""; try {'
const END = ' return pug_html; } finally { pug_html = reprise_outer; } '

function objectOf({ attrs }: MixinCall): string {
  return `{${attrs.map(({ name, val }) => `${JSON.stringify(name)}: ${String(val)}`).join(', ')}}`
}

function code({ line, column, filename }: PugNode, val: string): PugNode {
  const flags = { buffer: false, mustEscape: false, isInline: false, block: null }
  return { type: 'Code', val, ...flags, line, column, filename }
}

function blockOf({ line, filename }: PugNode, nodes: readonly (PugNode | null)[]): PugNode {
  return { type: 'Block', nodes: nodes.filter((node) => node !== null), line, filename }
}

/**
 * Of the tag with all that is included in it, of the rest of its file, and of the mixins. Not of the
 * files around: a fragment that several pages include is the same in each.
 */
function digestOf(tag: MixinCall, root: PugNode): string {
  const parts = [JSON.stringify(tag, withoutPlaces)]
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const node = value as PugNode
    if (node.type === 'Mixin' && node.call !== true) parts.push(JSON.stringify(node, withoutPlaces))
    else if (node.filename === tag.filename) parts.push(JSON.stringify(node, ownFields))
    for (const field of Object.values(node)) visit(field)
  }
  visit(root)
  return hash('sha256', parts.join('\n'), 'base64url').slice(0, 20)
}

function ownFields(key: string, value: unknown): unknown {
  return key !== '' && typeof value === 'object' ? undefined : withoutPlaces(key, value)
}

function withoutPlaces(key: string, value: unknown): unknown {
  return key === 'line' || key === 'column' || key === 'filename' ? undefined : value
}
