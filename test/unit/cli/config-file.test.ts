import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findConfigFile, readConfigFile } from '../../../src/cli/config-file.ts'

let root = ''

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'reprise-config-'))
  for (const folder of ['a/b/c', 'a/own']) mkdirSync(join(root, folder), { recursive: true })
  put('a/reprise.config.mjs', "export default { default: 'memcached://from-mjs' }\n")
  put('a/reprise.config.json', '{ "default": "memcached://from-json" }')
  put('a/own/reprise.config.json', '{ "default": "memcached://own" }')
  put('named.mjs', "export const settings = { default: 'memory://' }\n")
  put('throws.mjs', "throw new Error('no such thing')\n")
  put('empty.mjs', 'export const other = 1\n')
  put('list.json', '[]')
  put('broken.json', '{')
  put('typed.ts', 'export default {}\n')
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('findConfigFile', () => {
  it('finds the nearest one above', async () => {
    expect(await findConfigFile(join(root, 'a/b/c'))).toBe(join(root, 'a/reprise.config.mjs'))
    expect(await findConfigFile(join(root, 'a/own'))).toBe(join(root, 'a/own/reprise.config.json'))
  })

  it('finds none where there is none', async () => {
    expect(await findConfigFile(root)).toBeUndefined()
  })
})

describe('readConfigFile', () => {
  it.each([
    ['a/reprise.config.mjs', { default: 'memcached://from-mjs' }],
    ['a/reprise.config.json', { default: 'memcached://from-json' }],
    ['named.mjs', { default: 'memory://' }],
  ])('reads %s', async (name, settings) => {
    const path = join(root, name)

    expect(await readConfigFile(path)).toEqual({ path, settings })
  })

  it.each([
    ['throws.mjs', 'throws.mjs cannot be run (no such thing).'],
    ['empty.mjs', 'empty.mjs exports no settings:'],
    ['list.json', 'list.json exports no settings:'],
    ['broken.json', 'broken.json is not JSON ('],
    ['missing.json', 'missing.json cannot be read ('],
    ['missing.mjs', 'missing.mjs cannot be run ('],
  ])('refuses %s in words', async (name, message) => {
    await expect(readConfigFile(join(root, name))).rejects.toThrow(message)
  })
})

function put(name: string, text: string): void {
  writeFileSync(join(root, name), text)
}
