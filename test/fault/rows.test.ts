import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FAULT_ROWS } from './rows.ts'

// A title, not a comment: it comes right behind a quote, or behind another row's in one title.
const TITLE = /['"`](?:row \d+: [^'"`\n]*; )*row (\d+): /g

it('has a test for each of the 24 rows, in each file that the table names, and no others', () => {
  const found = new Set<string>()
  for (const file of readdirSync('test', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.test.ts')) continue
    const source = readFileSync(`test/${file}`, 'utf8')
    for (const [title] of source.matchAll(TITLE)) {
      for (const [, row] of title.matchAll(/row (\d+): /g)) {
        found.add(`${row} ${file.slice(0, -'.test.ts'.length)}`)
      }
    }
  }
  const listed = FAULT_ROWS.flatMap(({ row, files }) => files.map((file) => `${row} ${file}`))

  expect([...found].sort()).toEqual([...listed].sort())
  expect(FAULT_ROWS.map(({ row }) => row)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1))
  expect(FAULT_ROWS.filter(({ files }) => files.length === 0)).toEqual([])
})
