import { describe, expect, it } from 'vitest'
import { wireKey } from '../../../src/protocol/key.ts'
import {
  type ArithmeticFlags,
  type DeleteFlags,
  type GetFlags,
  metaArithmetic,
  metaDelete,
  metaGet,
  metaSet,
  type SetFlags,
} from '../../../src/protocol/meta.ts'

const key = wireKey('k')
const bytes = Buffer.from('abc')
const cas = { value: 7n, connection: 1 }

describe('metaGet', () => {
  it.each<[GetFlags, string]>([
    [{}, ''],
    [{ value: false, flags: undefined }, ''],
    [{ value: true }, ' v'],
    [{ flags: true }, ' f'],
    [{ cas: true }, ' c'],
    [{ ttl: true }, ' t'],
    [{ size: true }, ' s'],
    [{ hitBefore: true }, ' h'],
    [{ lastAccess: true }, ' l'],
    [{ noBump: true }, ' u'],
    [{ vivify: 30 }, ' N30'],
    [{ touch: 0 }, ' T0'],
    [{ recache: 20 }, ' R20'],
    [{ vivify: 30, newCas: 2n ** 64n - 1n }, ' N30 E18446744073709551615'],
    [{ proxy: { P: 'eu/1', L: '~' } }, ' Peu/1 L~'],
    [{ proxy: { L: 'x' } }, ' Lx'],
    // The times come first: 1.6.18 tells the old one to a `t` before them.
    [{ value: true, ttl: true, vivify: 1, touch: 2, recache: 3 }, ' N1 T2 R3 v t'],
  ])('writes %o', (want, flags) => {
    expect(metaGet(key, want)).toEqual({
      verb: 'mg',
      key,
      flags,
      value: undefined,
      compareCas: undefined,
    })
  })

  it('keeps the version to compare apart from the flags: its connection writes it', () => {
    expect(metaGet(key, { value: true, unlessCas: cas })).toMatchObject({
      flags: ' v',
      compareCas: cas,
    })
  })
})

describe('metaSet', () => {
  it.each<[SetFlags, string]>([
    [{ ttl: 60 }, ' T60'],
    [{ ttl: -1, flags: 0 }, ' T-1'],
    [{ ttl: 0, flags: 4_294_967_295 }, ' T0 F4294967295'],
    [{ ttl: 1, mode: 'set' }, ' T1'],
    [{ ttl: 1, mode: 'add' }, ' T1 ME'],
    [{ ttl: 1, mode: 'replace' }, ' T1 MR'],
    [{ mode: 'append' }, ' MA'],
    [{ mode: 'prepend' }, ' MP'],
    [{ mode: 'append', vivify: 30, flags: 5 }, ' MA F5 N30'],
    [{ ttl: 1, returnCas: true }, ' T1 c'],
    [{ ttl: 1, returnSize: true }, ' T1 s'],
    [{ ttl: 1, newCas: 9n }, ' T1 E9'],
    [{ ttl: 1, proxy: { P: 'a' } }, ' T1 Pa'],
  ])('writes %o', (want, flags) => {
    expect(metaSet(key, bytes, want)).toEqual({
      verb: 'ms',
      key,
      flags,
      value: bytes,
      compareCas: undefined,
    })
  })

  it('writes a compare that stores a late value as stale', () => {
    const want: SetFlags = { ttl: 1, compareCas: cas, invalidate: true }
    expect(metaSet(key, bytes, want)).toMatchObject({ flags: ' T1 I', compareCas: cas })
  })
})

describe('metaDelete', () => {
  it.each<[DeleteFlags, string]>([
    [{}, ''],
    [{ invalidate: true }, ' I'],
    [{ invalidate: true, ttl: 30 }, ' I T30'],
    [{ dropValue: true, ttl: 30 }, ' x T30'],
    [{ invalidate: true, dropValue: true, ttl: 1, newCas: 3n }, ' I x T1 E3'],
    [{ proxy: { P: 'a', L: 'b' } }, ' Pa Lb'],
  ])('writes %o', (want, flags) => {
    expect(metaDelete(key, want)).toMatchObject({ verb: 'md', flags, compareCas: undefined })
  })
})

describe('metaArithmetic', () => {
  it.each<[ArithmeticFlags, string]>([
    [{ delta: 1n, mode: 'incr' }, ' v D1'],
    [{ delta: 2n ** 64n - 1n, mode: 'decr' }, ' v D18446744073709551615 MD'],
    [{ delta: 1n, mode: 'incr', initial: 5n, ttl: 60 }, ' v D1 J5 N60'],
    [{ delta: 1n, mode: 'incr', ttl: 60 }, ' v D1'],
    [{ delta: 1n, mode: 'incr', touch: 30, returnTtl: true }, ' T30 v D1 t'],
    [{ delta: 1n, mode: 'incr', returnCas: true }, ' v D1 c'],
    [{ delta: 1n, mode: 'incr', newCas: 4n }, ' v D1 E4'],
    [{ delta: 1n, mode: 'incr', proxy: { L: 'b' } }, ' v D1 Lb'],
  ])('writes %o', (want, flags) => {
    expect(metaArithmetic(key, want)).toMatchObject({ verb: 'ma', flags, compareCas: undefined })
  })

  it('compares', () => {
    const want: ArithmeticFlags = { delta: 1n, mode: 'decr', compareCas: cas }
    expect(metaArithmetic(key, want)).toMatchObject({ flags: ' v D1 MD', compareCas: cas })
  })
})

describe('meta commands', () => {
  const set = (want: object) => () => metaSet(key, bytes, { ttl: 1, ...want })
  const get = (want: object) => () => metaGet(key, want)
  const del = (want: object) => () => metaDelete(key, want)
  const count = (want: object) => () => metaArithmetic(key, { delta: 1n, mode: 'incr', ...want })

  it.each([
    ['a fraction as ttl', set({ ttl: 0.5 }), 'ttl'],
    ['NaN as ttl', set({ ttl: Number.NaN }), 'ttl'],
    ['a touch past 32 bits', get({ touch: 2_147_483_648 }), 'touch'],
    ['a string as time', get({ vivify: '1 v' }), 'vivify'],
    ['a truthy word for yes', get({ value: 'v\r\nflush_all' }), 'value'],
    ['1 for yes', get({ noBump: 1 }), 'noBump'],
    ['null for no', del({ invalidate: null }), 'invalidate'],
    ['flags past 32 bits', set({ flags: 4_294_967_296 }), 'flags'],
    ['negative flags', set({ flags: -1 }), 'flags'],
    ['an unknown mode of storing', set({ mode: '\r\nflush_all' }), 'mode'],
    ['a mode that only an object has', set({ mode: 'toString' }), 'mode'],
    ['an unknown mode of counting', count({ mode: 'INCR' }), 'mode'],
    ['no mode of counting', count({ mode: undefined }), 'mode'],
    ['a negative delta', count({ delta: -1n }), 'delta'],
    ['a delta past 64 bits', count({ delta: 2n ** 64n }), 'delta'],
    ['a number as delta', count({ delta: 1 }), 'delta'],
    ['an initial value past 64 bits', count({ initial: 2n ** 64n }), 'initial'],
    [
      'a version that is no number',
      del({ compareCas: { value: '1', connection: 1 } }),
      'compareCas',
    ],
    ['a bare number as version', set({ compareCas: 7n }), 'compareCas'],
    ['null as version', get({ unlessCas: null }), 'unlessCas'],
    ['a new version past 64 bits', set({ newCas: 2n ** 64n }), 'newCas'],
    ['a word for proxies with a blank', get({ proxy: { P: 'a b' } }), 'proxy.P'],
    ['a word for proxies that ends the line', del({ proxy: { L: 'a\r\n' } }), 'proxy.L'],
    ['an empty word for proxies', set({ proxy: { P: '' } }), 'proxy.P'],
    ['a word for proxies of 129 bytes', count({ proxy: { L: 'x'.repeat(129) } }), 'proxy.L'],
  ])('refuse %s', (_, build, option) => {
    expect(build).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(`\`${option}\``),
      }),
    )
  })

  it.each([
    ['a new version of nothing new', get({ newCas: 1n }), 'newCas'],
    ['an add over a version', set({ mode: 'add', compareCas: cas }), 'compareCas'],
    ['a stale store without a compare', set({ invalidate: true }), 'invalidate'],
    ['a new item by a plain set', set({ vivify: 30 }), 'vivify'],
    ['a ttl for bytes that are appended', set({ mode: 'append' }), 'ttl'],
    [
      'flags for bytes that are prepended',
      set({ ttl: undefined, mode: 'prepend', flags: 1 }),
      'flags',
    ],
    ['a ttl for what is deleted', del({ ttl: 30 }), 'ttl'],
    ['a new version of what is deleted', del({ newCas: 1n }), 'newCas'],
    ['an initial value beside a version', count({ initial: 1n, compareCas: cas }), 'compareCas'],
  ])('refuse %s, which contradicts itself', (_, build, option) => {
    expect(build).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringMatching(new RegExp(`^\`${option}\` .* left out`)),
      }),
    )
  })
})
