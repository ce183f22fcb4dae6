import { Edge } from 'edge.js'
import { cacheFragments } from '../../src/fragments/edge.ts'
import type { FragmentSource } from '../../src/fragments/index.ts'
import type { CachePart, FragmentEngine, Part, Value } from './fragment-template.ts'

/** Edge, for the contract of cached fragments. */
export const edgeFragments: FragmentEngine = {
  name: 'Edge',
  lacks: ['cacheEach'],
  open: (source, templates) => {
    const sources = Object.entries(templates).map(([name, parts]) => [name, textOf('', parts)])
    const { fragments } = openEdge(source, Object.fromEntries(sources))
    return { render: (name, context) => fragments.render(name, context) }
  },
  refused: ['@cache()\n@end', '@cache({ ttl: 1 })\n@end'],
  renderSource: (source, template) => openEdge(source, { page: template }).fragments.render('page'),
}

export function openEdge(source: FragmentSource, templates: Record<string, string>) {
  const edge = Edge.create()
  for (const [name, template] of Object.entries(templates)) {
    edge.registerTemplate(name, { template })
  }
  return { edge, fragments: cacheFragments(edge, source) }
}

/** Appends parts to a text: a tag has a line of its own, whose end `~` takes away. */
function textOf(text: string, parts: readonly Part[]): string {
  return parts.reduce(withPart, text)
}

function withTag(text: string, tag: string): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${tag}~\n`
}

function withBlock(text: string, tag: string, body: readonly Part[]): string {
  return withTag(textOf(withTag(text, tag), body), '@end')
}

function withPart(text: string, part: Part): string {
  if (typeof part === 'string') return text + part
  if ('show' in part) return `${text}{{ ${part.show} }}`
  if ('raw' in part) return `${text}{{{ ${part.raw} }}}`
  if ('run' in part) return `${text}{{ run("${part.run}") }}`
  if ('include' in part) return withTag(text, `@include("${part.include}")`)
  if ('each' in part) return withBlock(text, `@each(${part.as} in ${part.each})`, part.body)
  if ('nocache' in part) {
    const values = Object.entries(part.values ?? {}).map(([name, value]) => `${name}: ${value}`)
    return withBlock(text, `@nocache({ ${values.join(', ')} })`, part.nocache)
  }
  return withBlock(text, `@cache(${argumentsOf(part)})`, part.body)
}

function argumentsOf({ cache, ttl, vary = [], using, tags, swr, version }: CachePart): string {
  const given = [`ttl: ${valueText(ttl)}`, `varyOn: [${vary.map(valueText)}]`]
  if (using !== undefined) given.push(`using: "${using}"`)
  if (tags !== undefined) given.push(`tags: [${tags.map(valueText)}]`)
  if (swr !== undefined) given.push(`staleWhileRevalidate: ${swr}`)
  if (version !== undefined) given.push(`version: ${version}`)
  return `"${cache}", { ${given.join(', ')} }`
}

function valueText(value: Value): string {
  return 'variable' in value ? value.variable : JSON.stringify(value.literal)
}
