import { describe, expect, it } from 'vitest'
import { chooseCoding } from '../../../src/http/accept-encoding.ts'

const ALL = ['br', 'zstd', 'gzip'] as const

describe('chooseCoding', () => {
  it('takes our order where the client likes codings alike', () => {
    expect(chooseCoding('gzip, deflate, br, zstd', ALL)).toBe('br')
    expect(chooseCoding('gzip, zstd', ALL)).toBe('zstd')
    expect(chooseCoding('GZIP', ALL)).toBe('gzip')
    expect(chooseCoding('x-gzip', ALL)).toBe('gzip')
  })

  it('takes the coding that the client likes best', () => {
    expect(chooseCoding('br;q=0.5, gzip;q=0.8', ALL)).toBe('gzip')
    expect(chooseCoding('br; q=0.5 , gzip ; q = 0.4', ALL)).toBe('br')
    expect(chooseCoding('br;q=0.3, identity;q=0.7', ALL)).toBe('identity')
    expect(chooseCoding('identity, gzip', ALL)).toBe('gzip')
  })

  it('gives the bytes as they are to who names nothing that we have', () => {
    for (const header of [
      undefined,
      '',
      'identity',
      'deflate',
      'gzip;q=0',
      'br;q=nonsense',
      '*;q=0',
    ]) {
      expect([header, chooseCoding(header, ALL)]).toEqual([header, 'identity'])
    }
    expect(chooseCoding('br', [])).toBe('identity')
    expect(chooseCoding('identity;q=0, deflate', ALL)).toBe('identity')
  })

  it('reads a star as every coding that is not named', () => {
    expect(chooseCoding('*', ALL)).toBe('br')
    expect(chooseCoding('br;q=0, *', ALL)).toBe('zstd')
    expect(chooseCoding('*;q=0.1, gzip', ALL)).toBe('gzip')
    expect(chooseCoding('identity;q=0, *', ['gzip'])).toBe('gzip')
  })
})
