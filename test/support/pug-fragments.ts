import pug from 'pug'
import type { FragmentSource } from '../../src/fragments/index.ts'
import { cacheFragments, type PugTemplate } from '../../src/fragments/pug.ts'
import type { CachePart, FragmentEngine, Part, Value } from './fragment-template.ts'

/** Pug, for the contract of cached fragments. */
export const pugFragments: FragmentEngine = {
  name: 'Pug',
  lacks: ['cacheEach'],
  open: (source, templates) => {
    const sources = Object.entries(templates).map(([name, parts]) => [
      `${name}.pug`,
      linesOf(parts, ''),
    ])
    const { fragments, compile } = openPug(source, Object.fromEntries(sources))
    return { render: async (name, context) => fragments.render(compile(name), context) }
  },
  refused: ['+cache()', "+cache('1')\n  b"],
  renderSource: async (source, template) => {
    const { fragments, compile } = openPug(source, { 'page.pug': template })
    return fragments.render(compile('page'))
  },
}

export function openPug(source: FragmentSource, templates: Record<string, string>) {
  const fragments = cacheFragments(pug, source)
  const files = { resolve: (name: string) => name, read: (name: string) => templates[name] }
  const compile = (name: string): PugTemplate => {
    const options = { filename: `${name}.pug`, plugins: [fragments.plugin, files] }
    return pug.compile(templates[`${name}.pug`] ?? '', options as pug.Options)
  }
  return { fragments, compile }
}

function linesOf(parts: readonly Part[], indent: string): string {
  return parts.map((part) => partLines(part, indent)).join('')
}

function partLines(part: Part, indent: string): string {
  // A line of its own, so that the tag after it has the number that the contract looks for.
  if (part === '\n') return '\n'
  if (typeof part === 'string') return `${indent}!= ${JSON.stringify(part)}\n`
  if ('show' in part) return `${indent}= ${part.show}\n`
  if ('raw' in part) return `${indent}!= ${part.raw}\n`
  if ('run' in part) return `${indent}!= run(${JSON.stringify(part.run)})\n`
  if ('include' in part) return `${indent}include ${part.include}\n`
  const inner = `${indent}  `
  if ('each' in part) {
    return `${indent}each ${part.as} in ${part.each}\n${linesOf(part.body, inner)}`
  }
  if ('nocache' in part) {
    const values = Object.entries(part.values ?? {}).map(([name, value]) => `${name}=${value}`)
    return `${indent}+nocache(${values})\n${linesOf(part.nocache, inner)}`
  }
  return `${indent}+cache${argumentsOf(part)}\n${linesOf(part.body, inner)}`
}

function argumentsOf({ cache, ttl, vary = [], using, tags, swr, version }: CachePart): string {
  const given = [valueText(ttl), `"${cache}"`, ...vary.map(valueText)]
  const named: string[] = []
  if (using !== undefined) named.push(`using="${using}"`)
  if (tags !== undefined) named.push(`tags=[${tags.map(valueText)}]`)
  if (swr !== undefined) named.push(`swr=${swr}`)
  if (version !== undefined) named.push(`version=${version}`)
  return `(${given.join(', ')})${named.length > 0 ? `(${named.join(' ')})` : ''}`
}

function valueText(value: Value): string {
  return 'variable' in value ? value.variable : JSON.stringify(value.literal)
}
