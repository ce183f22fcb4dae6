import { hash } from 'node:crypto'

/** A node of a template that Handlebars has parsed. */
export interface HandlebarsNode {
  readonly type: string
  readonly [key: string]: unknown
}

interface Block extends HandlebarsNode {
  readonly path: { readonly original?: unknown }
  readonly program: HandlebarsNode & { readonly body: readonly HandlebarsNode[] }
}

const CACHE = 'cache'
const NOCACHE = 'nocache'
/** The helper that tells one uncached part from the others, in the `else` of a `cache` block. */
export const HOLE = 'reprise-hole'
/** What a `cache` block calls the ids of its uncached parts. */
export const HOLES = 'repriseHoles'
/** What a `cache` block calls what {@link ownOf} says of its template. */
export const OWN = 'repriseOwn'

/** A digest of a template and the names of its partials, as JSON. */
export function ownOf(root: HandlebarsNode): string {
  const partials: unknown[] = []
  const source = JSON.stringify(root, (key, value) => {
    const isPartial = value?.type === 'PartialStatement' || value?.type === 'PartialBlockStatement'
    if (isPartial && value.name.type === 'PathExpression') partials.push(value.name.original)
    return key === 'loc' ? undefined : value
  })
  return JSON.stringify([hash('sha256', source, 'base64url'), partials.map(String)])
}

/**
 * Moves uncached parts where a hit can render them: each becomes a block in the `else` of the
 * `cache` blocks around it. Handlebars compiles that `else` with all that is known there, and hands
 * it to the helper as a function of its own.
 */
export function hoistHoles(root: HandlebarsNode, own?: string): HandlebarsNode {
  return rewrite(root, [], own) as HandlebarsNode
}

function rewrite(value: unknown, around: HandlebarsNode[][], own?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, around, own))
  if (typeof value !== 'object' || value === null) return value
  const node = value as HandlebarsNode
  if (isBlock(node, CACHE)) {
    const holes: HandlebarsNode[] = []
    const block = rewriteFields(node, [...around, holes], own)
    const told = own === undefined ? block : { ...block, hash: withPair(block, OWN, own) }
    if (holes.length === 0) return told
    return { ...told, hash: withPair(told, HOLES, idsOf(holes)), inverse: elseOf(node, holes) }
  }
  if (isBlock(node, NOCACHE)) {
    const program = rewrite(node.program, [], own) as Block['program']
    const id = idOf(node)
    const params = [textNode(node, id)]
    const hole = { ...node, program, params, path: pathOf(node, HOLE), hash: undefined }
    for (const holes of around) holes.push(hole)
    return { ...node, program, params }
  }
  return rewriteFields(node, around, own)
}

function rewriteFields(
  node: HandlebarsNode,
  around: HandlebarsNode[][],
  own?: string,
): HandlebarsNode {
  const fields = Object.entries(node).map(([key, field]) => [
    key,
    key === 'loc' ? field : rewrite(field, around, own),
  ])
  return Object.fromEntries(fields)
}

function isBlock(node: HandlebarsNode, name: string): node is Block {
  return node.type === 'BlockStatement' && (node as Block).path.original === name
}

/** Of the part's own source, so that it is the same wherever in its template it stands. */
function idOf(node: HandlebarsNode): string {
  const source = JSON.stringify(node, (key, value) => (key === 'loc' ? undefined : value))
  return hash('sha256', source, 'base64url').slice(0, 12)
}

function elseOf({ loc }: HandlebarsNode, body: HandlebarsNode[]): HandlebarsNode {
  return { type: 'Program', body, strip: {}, loc }
}

function idsOf(holes: readonly HandlebarsNode[]): string {
  return holes.map(({ params }) => (params as { value: string }[])[0]?.value).join(' ')
}

/** The helper is told which parts its `else` has, and of its template. */
function withPair(cache: HandlebarsNode, key: string, text: string): HandlebarsNode {
  const { loc } = cache
  const pairs = (cache.hash as { pairs?: HandlebarsNode[] } | undefined)?.pairs ?? []
  const pair = { type: 'HashPair', key, value: textNode(cache, text), loc }
  return { type: 'Hash', pairs: [...pairs, pair], loc }
}

function textNode({ loc }: HandlebarsNode, value: string): HandlebarsNode {
  return { type: 'StringLiteral', value, original: value, loc }
}

function pathOf({ loc }: HandlebarsNode, name: string): HandlebarsNode {
  return { type: 'PathExpression', data: false, depth: 0, parts: [name], original: name, loc }
}
