import { hash } from 'node:crypto'

/** A piece of a template that Edge has read. */
export interface EdgeToken {
  readonly filename: string
  readonly loc: { readonly start: { readonly line: number } }
  readonly properties: { readonly jsArg: string }
  readonly children: readonly EdgeToken[]
}

/** Edge's compiler, as far as the tags need it. */
export interface EdgeParser {
  readonly asyncMode: boolean
  readonly stack: {
    defineScope(): void
    clearScope(): void
    defineVariable(name: string): void
  }
  readonly utils: {
    generateAST(source: string, loc: EdgeToken['loc'], filename: string): unknown
    transformAst(ast: unknown, filename: string, parser: EdgeParser): EdgeExpression
    stringify(ast: unknown): string
  }
  processToken(token: EdgeToken, buffer: EdgeBuffer): void
}

interface EdgeExpression {
  readonly elements?: readonly (EdgeExpression | null)[]
  readonly properties?: readonly { readonly key?: { readonly name?: string; value?: unknown } }[]
}

export interface EdgeBuffer {
  create(filename: string, options: { outputVar: string }): EdgeBuffer
  disableFileAndLineVariables(): EdgeBuffer
  wrap(prefix: string, suffix: string): EdgeBuffer
  flush(): string
  outputExpression(
    code: string,
    filename: string,
    line: number,
    isTemplateLiteral: boolean,
  ): unknown
}

/** What `edge.registerTag` takes. */
export interface EdgeTag {
  readonly tagName: string
  readonly block: boolean
  readonly seekable: boolean
  compile(parser: EdgeParser, buffer: EdgeBuffer, token: EdgeToken): void
}

/** An uncached part, to be compiled once more for each `cache` tag around it. */
interface Hole {
  readonly id: string
  readonly names: readonly string[]
  readonly children: readonly EdgeToken[]
}

const OUTPUT = 'reprise_output'

/** The tags `cache` and `nocache`: they compile to calls of the object that `calls` names. */
export function edgeTags(calls: string): readonly EdgeTag[] {
  /** The holes of the `cache` tags that are being compiled, the innermost last. */
  const around: Hole[][] = []

  const cache: EdgeTag['compile'] = (parser, buffer, token) => {
    const { filename } = token
    const { line } = token.loc.start
    const given = parser.utils.stringify(argumentsOf(parser, token))
    const holes: Hole[] = []
    around.push(holes)
    const body = functionOf(parser, buffer, filename, token.children, [])
    around.pop()
    const parts = holes.map(({ id, names, children }) => {
      return `["${id}", ${functionOf(parser, buffer, filename, children, names)}]`
    })
    const place = `${JSON.stringify(filename)}, ${line}`
    output(parser, buffer, token, calls, 'cache', `${place}, ${given}, ${body}, [${parts}]`)
  }

  const nocache: EdgeTag['compile'] = (parser, buffer, token) => {
    const [values] = argumentsOf(parser, token).elements ?? []
    const names = (values?.properties ?? []).map(({ key }) => String(key?.name ?? key?.value))
    const id = idOf(token)
    for (const holes of around) holes.push({ id, names, children: token.children })
    // What is compiled for the place of the part itself has no `cache` tags around it.
    const outer = around.splice(0)
    const body = functionOf(parser, buffer, token.filename, token.children, names)
    around.push(...outer)
    const given = values ? parser.utils.stringify(values) : '{}'
    output(parser, buffer, token, calls, 'hole', `"${id}", ${given}, ${body}`)
  }

  return [
    { tagName: 'cache', block: true, seekable: true, compile: cache },
    { tagName: 'nocache', block: true, seekable: true, compile: nocache },
  ]
}

function argumentsOf(parser: EdgeParser, { properties, loc, filename }: EdgeToken): EdgeExpression {
  const { utils } = parser
  const ast = utils.generateAST(`[${properties.jsArg}]`, loc, filename)
  return utils.transformAst(ast, filename, parser)
}

/** A function that renders the tokens, in a scope of its own. */
function functionOf(
  parser: EdgeParser,
  buffer: EdgeBuffer,
  filename: string,
  children: readonly EdgeToken[],
  names: readonly string[],
): string {
  const inner = buffer.create(filename, { outputVar: OUTPUT })
  parser.stack.defineScope()
  for (const name of names) parser.stack.defineVariable(name)
  // Copies: some of Edge's tags take children out of their token as they compile it.
  for (const child of structuredClone(children)) parser.processToken(child, inner)
  parser.stack.clearScope()
  const asynchronous = parser.asyncMode ? 'async ' : ''
  inner.wrap(`${asynchronous}({ ${names.join(', ')} } = {}) => {`, '}')
  return inner.disableFileAndLineVariables().flush()
}

function output(
  { asyncMode }: EdgeParser,
  buffer: EdgeBuffer,
  { filename, loc }: EdgeToken,
  calls: string,
  method: string,
  given: string,
): void {
  const call = asyncMode ? `await ${calls}.async.${method}` : `${calls}.${method}`
  buffer.outputExpression(`${call}(${given})`, filename, loc.start.line, false)
}

/** Of the part's own source, so that it is the same wherever in its template it stands. */
function idOf({ properties, children }: EdgeToken): string {
  const source = JSON.stringify([properties, children], (key, value) =>
    key === 'loc' || key === 'filename' ? undefined : value,
  )
  return hash('sha256', source, 'base64url').slice(0, 12)
}
