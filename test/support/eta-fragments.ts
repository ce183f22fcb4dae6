import { Eta } from 'eta'
import { cacheFragments } from '../../src/fragments/eta.ts'
import type { FragmentSource } from '../../src/fragments/index.ts'
import type { FragmentEngine } from './fragment-template.ts'
import { scriptText } from './script-template.ts'

const SYNTAX = {
  raw: (expression: string) => `<%~ ${expression} %>`,
  variable: (name: string, locals: readonly string[]) =>
    locals.includes(name.split('.')[0] ?? '') ? name : `it.${name}`,
}

/** Eta, for the contract of cached fragments. */
export const etaFragments: FragmentEngine = {
  name: 'Eta',
  lacks: ['cacheEach'],
  open: (source, templates) => {
    const sources = Object.entries(templates).map(([name, parts]) => [
      name,
      // An included template has what it is handed in `it`.
      scriptText(parts, SYNTAX),
    ])
    const { fragments } = openEta(source, Object.fromEntries(sources))
    return { render: (name, context) => fragments.render(name, context) }
  },
  refused: ['<% cache() %><% endcache %>', '<% cache({ ttl: 1 }) %><% endcache %>'],
  renderSource: (source, template) => openEta(source, {}).fragments.renderString(template),
}

/** Templates by name: as files that are nowhere on a disk, so that they have names in errors. */
export function openEta(source: FragmentSource, templates: Record<string, string>) {
  const eta = new Eta({ views: '/' })
  eta.resolvePath = (name) => name
  eta.readFile = (name) => templates[name] ?? ''
  return { eta, fragments: cacheFragments(eta, source) }
}
