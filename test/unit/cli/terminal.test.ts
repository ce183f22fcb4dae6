import { describe, expect, it } from 'vitest'
import { formatTable } from '../../../src/cli/table.ts'
import {
  choosePaint,
  escaped,
  escapedLines,
  formatJson,
  printable,
} from '../../../src/cli/terminal.ts'

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

describe('escaped', () => {
  it.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['\u001b]52;c;Zm9v\u0007', '\\u001b]52;c;Zm9v\\u0007'],
    ['a\u202eb\u2066c\u061c', 'a\\u202eb\\u2066c\\u061c'],
    ['\u009b2J\u007f', '\\u009b2J\\u007f'],
    ['one\r\ntwo\t', 'one\\r\\ntwo\\t'],
    ['\\u001b', '\\\\u001b'],
    ['é–漢 🙂', 'é–漢 🙂'],
  ])('makes %j %j', (text, safe) => {
    expect(escaped(text)).toBe(safe)
  })
})

describe('escapedLines', () => {
  it('keeps lines and nothing else that a terminal obeys', () => {
    expect(escapedLines('one\ntwo\t\u001b[2J\r\\')).toBe('one\ntwo\t\\u001b[2J\\u000d\\')
  })
})

describe('formatJson', () => {
  it.each([undefined, 2])(
    'has nothing that a terminal obeys, and the same meaning (%s)',
    (indent) => {
      const value = { key: '\u001b]52;c;Zm9v\u0007\u009b2J\u007f\u202e\u2028\n' }

      const text = formatJson(value, indent)

      expect(text.replaceAll('\n', '')).toMatch(/^[ -~]*$/)
      expect(JSON.parse(text)).toEqual(value)
    },
  )
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

function paints(isTTY: boolean, env: Record<string, string>, wanted: boolean): boolean {
  return (
    choosePaint({ stdout: { write: () => true, isTTY }, env }, wanted)('text', 'red') !== 'text'
  )
}
