import { hash } from 'node:crypto'

/**
 * The tags `cache` and `nocache` of engines whose templates are JavaScript between delimiters: EJS
 * and Eta. Their sources are rewritten before the engine compiles them.
 *
 * @module
 */

/** How an engine's compiled template is written to. */
export interface ScriptDialect {
  /** The delimiters of code, such as `<%` and `%>`. */
  readonly open: string
  readonly close: string
  /** The variable that holds what has been rendered. */
  readonly output: string
  /** The object that the tags call, and what tells the name of the template. */
  readonly calls: string
  readonly template: string
  /** What tells of the template's own source, for a digest. */
  readonly own: string
}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'cache' | 'nocache'
      readonly args: string
      readonly line: number
      /** The delimiters as they are written: they may trim what is around the tag. */
      readonly delimiters: readonly [string, string]
      readonly ends: readonly [string, string]
      readonly children: readonly Node[]
      readonly source: string
    }

/** An uncached part: what the tag around it hands over to be rendered each time. */
interface Hole {
  readonly id: string
  readonly code: string
}

/** What is wrong with a tag, and where. */
export class ScriptTagError extends Error {
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/**
 * Rewrites `<% cache(…) %> … <% endcache %>` as a call with functions. What is rendered inside goes
 * to the engine's own variable, which is put back afterwards.
 *
 * @throws {@link ScriptTagError} Where a tag has no end, or an end no tag.
 */
export function compileScriptTags(source: string, dialect: ScriptDialect): string {
  const reader = new Reader(source, dialect)
  const nodes = reader.nodes()
  return written(nodes, dialect, [])
}

class Reader {
  readonly #source: string
  readonly #tags: RegExp
  #at = 0

  constructor(source: string, { open, close }: ScriptDialect) {
    const [left, right] = [escaped(open), escaped(close)]
    this.#source = source
    this.#tags = new RegExp(
      `(${left}[-_]?)\\s*(?:(cache|nocache)\\s*\\(((?:(?!${right})[\\s\\S])*)\\)|(endcache|endnocache))\\s*;?\\s*([-_]?${right})`,
      'g',
    )
  }

  nodes(parent?: { kind: string; line: number }): readonly Node[] & { ends?: [string, string] } {
    const nodes: Node[] & { ends?: [string, string] } = []
    for (;;) {
      this.#tags.lastIndex = this.#at
      const found = this.#tags.exec(this.#source)
      const end = found?.index ?? this.#source.length
      nodes.push({ kind: 'text', text: this.#source.slice(this.#at, end) })
      if (found === null) {
        if (parent === undefined) return nodes
        throw new ScriptTagError(`\`${parent.kind}\` has no \`end${parent.kind}\`.`, parent.line)
      }
      this.#at = end + found[0].length
      const line = this.#source.slice(0, end).split('\n').length
      const [, open = '', kind, args = '', ending, close = ''] = found
      if (ending !== undefined) {
        if (ending !== `end${parent?.kind}`) {
          throw new ScriptTagError(`\`${ending}\` ends nothing.`, line)
        }
        nodes.ends = [open, close]
        return nodes
      }
      const tag = { kind: kind === 'cache' ? 'cache' : 'nocache', line } as const
      const from = this.#at
      const children = this.nodes(tag)
      nodes.push({
        ...tag,
        args,
        children,
        delimiters: [open, close],
        ends: children.ends ?? [open, close],
        source: args + this.#source.slice(from, this.#at),
      })
    }
  }
}

function written(nodes: readonly Node[], dialect: ScriptDialect, around: Hole[][]): string {
  return nodes.map((node) => writtenNode(node, dialect, around)).join('')
}

function writtenNode(node: Node, dialect: ScriptDialect, around: Hole[][]): string {
  if (node.kind === 'text') return node.text
  const { kind, args, line, children, source } = node
  const { calls, template, own, output } = dialect
  const [open, opened] = node.delimiters
  const [ending, close] = node.ends
  const begin = `const $outer = ${output}; ${output} = ""; try {`
  const end = `return ${output}; } finally { ${output} = $outer; } }`
  if (kind === 'cache') {
    const holes: Hole[] = []
    const body = written(children, dialect, [...around, holes])
    const call = `${output} += ${calls}.cache(${template}, ${line}, ${JSON.stringify(own)}, [${args}], () => { ${begin}`
    const parts = holes.map(
      ({ id, code }) => `["${id}", ($values) => { ${begin} with ($values) { ${code} } ${end}]`,
    )
    return `${open} ${call} ${opened}${body}${ending} ${end}, [${parts.join(', ')}]); ${close}`
  }
  const id = hash('sha256', source, 'base64url').slice(0, 12)
  const body = `${opened}${written(children, dialect, [])}${ending}`
  for (const holes of around) holes.push({ id, code: body })
  const call = `${output} += ${calls}.hole("${id}", (${args || '{}'}), ($values) => { ${begin}`
  return `${open} ${call} with ($values) { ${body} } ${end}); ${close}`
}

function escaped(text: string): string {
  return text.replace(/[.*+\-?^${}()|[\]\\]/g, '\\$&')
}
