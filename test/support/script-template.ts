import type { CachePart, Part, Value } from './fragment-template.ts'

/** How an engine of JavaScript between delimiters writes what is not the same in all of them. */
export interface ScriptSyntax {
  /** What is written without being escaped. */
  raw(expression: string): string
  /** A variable of the context. */
  variable(name: string, locals: readonly string[]): string
}

export function scriptText(
  parts: readonly Part[],
  syntax: ScriptSyntax,
  locals: readonly string[] = [],
): string {
  return parts.map((part) => partText(part, syntax, locals)).join('')
}

function partText(part: Part, syntax: ScriptSyntax, locals: readonly string[]): string {
  const name = (variable: string): string => syntax.variable(variable, locals)
  if (typeof part === 'string') return part
  if ('show' in part) return `<%= ${name(part.show)} %>`
  if ('raw' in part) return syntax.raw(name(part.raw))
  if ('run' in part) return syntax.raw(`${name('run')}("${part.run}")`)
  if ('include' in part) return syntax.raw(`include("${part.include}", { ${locals.join(', ')} })`)
  if ('each' in part) {
    const body = scriptText(part.body, syntax, [...locals, part.as])
    return `<% ${name(part.each)}.forEach((${part.as}) => { %>${body}<% }) %>`
  }
  if ('nocache' in part) {
    const values = Object.entries(part.values ?? {})
    const given = values.map(([key, value]) => `${key}: ${name(value)}`)
    const body = scriptText(part.nocache, syntax, [...locals, ...values.map(([key]) => key)])
    return `<% nocache({ ${given.join(', ')} }) %>${body}<% endnocache %>`
  }
  const body = scriptText(part.body, syntax, locals)
  return `<% cache(${argumentsOf(part, name)}) %>${body}<% endcache %>`
}

function argumentsOf(
  { cache, ttl, vary = [], using, tags, swr, version }: CachePart,
  name: (variable: string) => string,
): string {
  const text = (value: Value): string =>
    'variable' in value ? name(value.variable) : JSON.stringify(value.literal)
  const given = [`ttl: ${text(ttl)}`, `varyOn: [${vary.map(text)}]`]
  if (using !== undefined) given.push(`using: "${using}"`)
  if (tags !== undefined) given.push(`tags: [${tags.map(text)}]`)
  if (swr !== undefined) given.push(`staleWhileRevalidate: ${swr}`)
  if (version !== undefined) given.push(`version: ${version}`)
  return `"${cache}", { ${given.join(', ')} }`
}
