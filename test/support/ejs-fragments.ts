import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ejs from 'ejs'
import { cacheFragments } from '../../src/fragments/ejs.ts'
import type { FragmentSource } from '../../src/fragments/index.ts'
import type { FragmentEngine } from './fragment-template.ts'
import { scriptText } from './script-template.ts'

const SYNTAX = {
  raw: (expression: string) => `<%- ${expression} %>`,
  // A variable that is not there is an error in EJS, unless it is asked for among the locals.
  variable: (name: string, locals: readonly string[]) =>
    locals.includes(name.split('.')[0] ?? '') ? name : `locals.${name}`,
}

/** EJS, for the contract of cached fragments. */
export const ejsFragments: FragmentEngine = {
  name: 'EJS',
  lacks: ['cacheEach'],
  open: (source, templates) => {
    const sources = Object.entries(templates).map(([name, parts]) => [
      name,
      scriptText(parts, SYNTAX),
    ])
    return openEjs(source, Object.fromEntries(sources))
  },
  refused: ['<% cache() %><% endcache %>', '<% cache({ ttl: 1 }) %><% endcache %>'],
  renderSource: (source, template) => openEjs(source, { page: template }).render('page', {}),
}

let root: string | undefined

/** One folder for all that a process opens, gone with it. */
function openFolder(): string {
  if (root === undefined) {
    const created = mkdtempSync(join(tmpdir(), 'fragments-ejs-'))
    process.once('exit', () => rmSync(created, { recursive: true, force: true }))
    root = created
  }
  return mkdtempSync(join(root, 'views-'))
}

export function openEjs(source: FragmentSource, templates: Record<string, string>) {
  const fragments = cacheFragments(ejs, source)
  const folder = openFolder()
  for (const [name, text] of Object.entries(templates)) {
    writeFileSync(join(folder, `${name}.ejs`), text)
  }
  const render = async (name: string, context: object): Promise<string> => {
    const filename = join(folder, `${name}.ejs`)
    return fragments.render(fragments.compile(templates[name] ?? '', { filename }), context)
  }
  return { fragments, folder, render }
}
