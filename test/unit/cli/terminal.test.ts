import { describe, expect, it } from 'vitest'
import { HELP, STATS_HELP } from '../../../src/cli/help.ts'
import { EXIT, type Io } from '../../../src/cli/io.ts'
import { formatTable } from '../../../src/cli/table.ts'
import { choosePaint, printable } from '../../../src/cli/terminal.ts'
import { systemClock } from '../../../src/clock.ts'

describe('printable', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b[2J\u001b[Hgone', 'gone'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;http://evil.example\u001b\\link', 'link'],
    ['\u001b]52;c;Zm9v', ''],
    ['\u001bcreset', 'reset'],
    ['\u009b31mred', '31mred'],
    ['one\r\ntwo\u0000\u0008\u007f', 'onetwo'],
    ['a\u202eb\u2066c', 'abc'],
    ['é–漢', 'é–漢'],
  ])('makes %j %j', (text, safe) => {
    expect(printable(text)).toBe(safe)
  })
})

describe('choosePaint', () => {
  it.each([
    [{ isTTY: true, env: {} }, true],
    [{ isTTY: false, env: {} }, false],
    [{ isTTY: true, env: { TERM: 'dumb' } }, false],
    [{ isTTY: true, env: { NO_COLOR: '1' } }, false],
    [{ isTTY: true, env: { NO_COLOR: '' } }, true],
    [{ isTTY: false, env: { FORCE_COLOR: '1' } }, true],
    [{ isTTY: true, env: { FORCE_COLOR: '0' } }, false],
    [{ isTTY: false, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }, true],
  ])('with %j paints: %s', ({ isTTY, env }, painted) => {
    expect(paints(isTTY, env, true)).toBe(painted)
  })

  it('never paints with --no-color', () => {
    expect(paints(true, { FORCE_COLOR: '1' }, false)).toBe(false)
  })
})

describe('formatTable', () => {
  it('aligns columns, with nothing at the ends of lines', () => {
    const headings = [
      { label: 'NAME', align: 'left' },
      { label: 'N', align: 'right' },
      { label: 'LAST', align: 'left' },
    ] as const
    const rows = [
      [{ text: 'a' }, { text: '1' }, { text: 'x' }],
      [{ text: 'longer' }, { text: '1,000' }, { text: 'yy' }],
      [{ text: 'b' }, { text: '2' }, { text: '' }],
    ]

    expect(formatTable(headings, rows, (text) => text)).toBe(
      'NAME        N  LAST\n' + 'a           1  x\n' + 'longer  1,000  yy\n' + 'b           2\n',
    )
  })

  it('aligns colored cells by what is seen of them', () => {
    const headings = [
      { label: 'A', align: 'left' },
      { label: 'B', align: 'right' },
    ] as const
    const rows = [[{ text: 'x', color: 'red' as const }, { text: '22' }]]

    expect(
      formatTable(headings, rows, (text, color) => (color === 'red' ? `<${text}>` : text)),
    ).toBe('A   B\n<x>  22\n')
  })
})

describe('the help', () => {
  it.each([
    ['reprise --help', HELP],
    ['reprise stats --help', STATS_HELP],
  ])('of %s lists every exit code', (_, help) => {
    const listed = [...help.matchAll(/^ {2}(\d+) {2,}/gm)].map(([, code]) => Number(code))

    expect(listed).toEqual(Object.values(EXIT))
  })

  it('is no wider than a terminal', () => {
    const widest = Math.max(...`${HELP}${STATS_HELP}`.split('\n').map((line) => line.length))

    expect(widest).toBeLessThanOrEqual(80)
  })
})

function paints(isTTY: boolean, env: Record<string, string>, wanted: boolean): boolean {
  const output = { write: () => true, isTTY }
  const { signal } = new AbortController()
  const io: Io = { stdout: output, stderr: output, env, clock: systemClock, signal }
  return choosePaint(io, wanted)('text', 'red') !== 'text'
}
