import { describe, expect, it } from 'vitest'
import { LineSplitter } from '../../../src/protocol/lines.ts'

describe('LineSplitter', () => {
  it('cuts lines that end in a line feed or in CRLF, whatever their pieces', () => {
    const lines = new LineSplitter()

    expect(lines.push(Buffer.from('OK\r\nkey=a\nkey='))).toEqual(['OK', 'key=a'])
    expect(lines.push(Buffer.from('b'))).toEqual([])
    expect(lines.push(Buffer.from(' size=1\nEND\r'))).toEqual(['key=b size=1'])
    expect(lines.push(Buffer.from('\n'))).toEqual(['END'])
  })

  it('keeps bytes as latin1', () => {
    expect(new LineSplitter().push(Buffer.from([0xff, 0x0a]))).toEqual(['ÿ'])
  })

  it('refuses a line without an end', () => {
    const lines = new LineSplitter()
    lines.push(Buffer.alloc(8000, 'x'))

    expect(() => lines.push(Buffer.alloc(8000, 'x'))).toThrow('an endless line')
    expect(() => new LineSplitter().push(Buffer.from(`${'x'.repeat(9000)}\n`))).toThrow(
      'an endless line',
    )
  })
})
