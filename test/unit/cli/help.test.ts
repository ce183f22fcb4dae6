import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../src/cli/commands.ts'
import { formatCommandHelp, formatHelp } from '../../../src/cli/help.ts'
import { EXIT } from '../../../src/cli/io.ts'

const HELPS: readonly (readonly [string, string])[] = [
  ['reprise', formatHelp(COMMANDS)],
  ...COMMANDS.map((command) => [`reprise ${command.name}`, formatCommandHelp(command)] as const),
]

describe('the help', () => {
  it.each(HELPS)('of %s lists every exit code', (_, help) => {
    const listed = [...help.matchAll(/^ {2}(\d+) {2,}/gm)].map(([, code]) => Number(code))

    expect(listed).toEqual(Object.values(EXIT))
  })

  it.each(HELPS)('of %s is no wider than a terminal', (_, help) => {
    const widest = Math.max(...help.split('\n').map((line) => line.length))

    expect(widest).toBeLessThanOrEqual(86)
  })

  it.each(HELPS)('of %s has an example of it', (name, help) => {
    const [, examples = ''] = help.split('\nExamples:\n')

    expect(`${examples}\n`).toMatch(new RegExp(`${name}[ \\n]`))
  })

  it('lists every command', () => {
    const listed = [...formatHelp(COMMANDS).matchAll(/^ {2}([a-z-]+) {2,}[A-Z]/gm)]

    expect(listed.map(([, name]) => name)).toEqual([
      'doctor',
      'stats',
      'top',
      'hot',
      'keys',
      'get',
      'inspect',
      'delete',
      'invalidate',
      'versions',
      'flush',
      'watch',
      'warm',
      'bench',
      'admin',
      'metrics',
      'hash-password',
    ])
  })
})
