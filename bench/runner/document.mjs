import { readFileSync, writeFileSync } from 'node:fs'
import { markdownTable } from './table.mjs'

const PAGE = new URL('../../docs/comparison.md', import.meta.url)

/** Puts what a run found into docs/comparison.md, between the comments that bear its name. */
export function writeSection(
  name,
  { node, memcached, redis, also = [], cpu, clients },
  tables,
  claims,
) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const page = readFileSync(PAGE, 'utf8')
  const from = page.indexOf(start)
  const to = page.indexOf(end)
  if (from === -1 || to === -1) throw new Error(`docs/comparison.md has no place for ${name}.`)
  const date = new Date().toISOString().slice(0, 10)
  const servers = [`memcached ${memcached}`, ...(redis ? [`Redis ${redis}`] : []), ...also]
  const setting = `One run, ${date}: Node ${node}, ${servers.join(', ')}, ${cpu}.`
  const versions = Object.entries(clients).map(([client, version]) => `${client} ${version}`)
  const parts = [
    `${setting} ${versions.join(', ')}.`,
    ...tables.map(markdownTable),
    claims.map(asItem).join('\n'),
  ]
  const text = `${start}\n${parts.filter(Boolean).join('\n\n')}\n`
  writeFileSync(PAGE, page.slice(0, from) + text + page.slice(to))
}

function asItem({ text, passed, ratio, against }) {
  const figure = Number.isInteger(ratio) ? ratio : ratio.toFixed(2)
  return `- ${passed ? 'Holds' : '**Does not hold**'}: ${text}: ${figure} (${against})`
}
