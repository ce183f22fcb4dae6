import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const OPTION = /@default (.+)\n(?:\s*\*.*\n)*?\s+\*\/\n\s+(?:readonly )?(\w+)\?/g
const DEFAULTS = /export const (\w+_DEFAULTS)/g

/** Every file that exports a `…_DEFAULTS` object, found by reading, so that none is forgotten. */
const withDefaults = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, source: readFileSync(`src/${file}`, 'utf8') }))
  .filter(({ source }) => source.match(DEFAULTS) !== null)

describe('documented defaults', () => {
  it('are found', () => {
    expect(withDefaults.length).toBeGreaterThanOrEqual(4)
  })

  it.each(withDefaults)('are those of the code in $file', async ({ file, source }) => {
    const module = (await import(/* @vite-ignore */ `../../src/${file}`)) as Record<
      string,
      Record<string, unknown>
    >
    const actual: Record<string, unknown> = {}
    for (const [, name = ''] of source.matchAll(DEFAULTS)) Object.assign(actual, module[name])
    const documented = [...source.matchAll(OPTION)].map(([, literal = '', name = '']) => ({
      name,
      value: read(literal),
    }))

    expect(documented.length).toBeGreaterThan(0)
    for (const { name, value } of documented) {
      expect({ [name]: actual[name] }).toEqual({ [name]: value })
    }
  })
})

/** A JS literal as the docs write it: `300`, `1_000`, `'miss'`, `Infinity`, `[]`, `false`. */
function read(literal: string): unknown {
  const text = literal.trim()
  if (text === 'Infinity') return Number.POSITIVE_INFINITY
  if (text === 'undefined') return undefined
  return JSON.parse(text.replaceAll("'", '"').replaceAll(/(?<=\d)_(?=\d)/g, ''))
}
