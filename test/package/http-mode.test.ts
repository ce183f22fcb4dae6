import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const FOLDER = 'test/conformance'

const sources = readdirSync(FOLDER)
  .filter((file) => /^rfc9111-.*\.test\.ts$/.test(file))
  .map((file) => readFileSync(`${FOLDER}/${file}`, 'utf8'))
  .join('\n')

/** Titles as they stand in the tests: `%s` is not filled in. */
const titles = [...sources.matchAll(/'(\d[\d., ]*: [^'\n]+)',/g)].map(([, title]) => title)

const rows = [
  ...readFileSync('docs/http-mode.md', 'utf8').matchAll(
    /^\| ([^|]+) \| ([^|]+) \| `(\d[\d., ]*: [^`]+)` \| (\w+) \|$/gm,
  ),
].map(([, section = '', , title = '', result]) => ({ section, title, result }))

describe('docs/http-mode.md', () => {
  it('names a test that exists in each row, of the section of that row', () => {
    expect(rows.length).toBeGreaterThan(80)
    expect(rows.filter(({ title }) => !titles.includes(title))).toEqual([])
    const strays = rows.filter(
      ({ section, title }) => section.replace(/^RFC \d+, /, '') !== title.split(': ')[0],
    )
    expect(strays).toEqual([])
  })

  it('has a row for each test', () => {
    const named = rows.map(({ title }) => title)
    expect(titles.filter((title) => title !== undefined && !named.includes(title))).toEqual([])
  })

  it('tells of no requirement that is not met', () => {
    expect(rows.filter(({ result }) => result !== 'pass')).toEqual([])
  })
})
