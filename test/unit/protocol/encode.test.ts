import { describe, expect, it } from 'vitest'
import {
  flushAll,
  metaArithmetic,
  metaDelete,
  metaGet,
  metaSet,
  NOOP,
  stats,
} from '../../../src/protocol/command.ts'
import { RequestWriter } from '../../../src/protocol/encode.ts'
import { wireKey } from '../../../src/protocol/key.ts'

const key = wireKey('k')
const bytes = Buffer.from('abc')

describe('RequestWriter', () => {
  it.each([
    ['a get', metaGet(key, { value: true, flags: true }), 'mg k v f O1 k\r\n'],
    [
      'a get with everything',
      metaGet(key, {
        value: true,
        flags: true,
        cas: true,
        ttl: true,
        size: true,
        noBump: true,
        vivify: 30,
        touch: 60,
      }),
      'mg k N30 T60 v f c t s u O1 k\r\n',
    ],
    ['a base64 key', metaGet(wireKey('é'), {}), 'mg w6k= b O1 k\r\n'],
    ['a set', metaSet(key, bytes, { ttl: 60 }), 'ms k 3 T60 O1 k\r\nabc\r\n'],
    ['an empty value', metaSet(key, Buffer.alloc(0), { ttl: 0 }), 'ms k 0 T0 O1 k\r\n\r\n'],
    [
      'a set with everything',
      metaSet(key, bytes, {
        ttl: -1,
        flags: 4_294_967_295,
        mode: 'replace',
        compareCas: { value: 18_446_744_073_709_551_615n, connection: 1 },
        returnCas: true,
        invalidate: true,
      }),
      'ms k 3 T-1 F4294967295 MR c I C18446744073709551615 O1 k\r\nabc\r\n',
    ],
    ['an add', metaSet(key, bytes, { ttl: 1, mode: 'add' }), 'ms k 3 T1 ME O1 k\r\nabc\r\n'],
    ['a delete', metaDelete(key, {}), 'md k O1 k\r\n'],
    [
      'an invalidation',
      metaDelete(key, { invalidate: true, ttl: 30, compareCas: { value: 7n, connection: 1 } }),
      'md k I T30 C7 O1 k\r\n',
    ],
    ['an incr', metaArithmetic(key, { delta: 1n, mode: 'incr' }), 'ma k v D1 O1 k\r\n'],
    [
      'a decr with an initial value',
      metaArithmetic(key, { delta: 2n, mode: 'decr', initial: 9n, ttl: 60 }),
      'ma k v D2 MD J9 N60 O1 k\r\n',
    ],
    ['a no-op', NOOP, 'mn\r\n'],
    ['figures', stats('items'), 'stats items\r\n'],
    ['a flush', flushAll(undefined), 'flush_all\r\n'],
    ['a later flush', flushAll(10), 'flush_all 10\r\n'],
  ])('writes %s', (_, command, line) => {
    const writer = new RequestWriter()
    writer.add(command, 'O1')

    expect(writer.take()).toEqual([line])
    expect(writer.take()).toEqual([])
  })

  it('joins small values to the text and leaves large ones as they are', () => {
    const large = Buffer.alloc(1025, 'x')
    const writer = new RequestWriter()
    writer.add(metaSet(key, Buffer.from([0, 13, 10, 255]), { ttl: 1 }), 'O1')
    writer.add(metaSet(key, large, { ttl: 1 }), 'O2')
    writer.add(metaGet(key, {}), 'O3')

    expect(writer.take()).toEqual([
      'ms k 4 T1 O1 k\r\n\0\r\n\u00ff\r\nms k 1025 T1 O2 k\r\n',
      large,
      '\r\nmg k O3 k\r\n',
    ])
  })
})

describe('commands', () => {
  it.each([
    ['a fraction as ttl', () => metaSet(key, bytes, { ttl: 0.5 }), 'ttl'],
    ['NaN as ttl', () => metaSet(key, bytes, { ttl: Number.NaN }), 'ttl'],
    ['a ttl past 32 bits', () => metaGet(key, { touch: 2_147_483_648 }), 'ttl'],
    ['a string as ttl', () => metaGet(key, { vivify: '1 v' as unknown as number }), 'ttl'],
    ['flags past 32 bits', () => metaSet(key, bytes, { ttl: 1, flags: 4_294_967_296 }), 'flags'],
    ['negative flags', () => metaSet(key, bytes, { ttl: 1, flags: -1 }), 'flags'],
    [
      'an unknown mode',
      () => metaSet(key, bytes, { ttl: 1, mode: '\r\nflush_all' as 'set' }),
      'mode',
    ],
    ['a negative delta', () => metaArithmetic(key, { delta: -1n, mode: 'incr' }), 'delta'],
    [
      'a delta past 64 bits',
      () => metaArithmetic(key, { delta: 2n ** 64n, mode: 'incr' }),
      'delta',
    ],
    [
      'a number as delta',
      () => metaArithmetic(key, { delta: 1 as unknown as bigint, mode: 'incr' }),
      'delta',
    ],
    [
      'an initial value past 64 bits',
      () => metaArithmetic(key, { delta: 1n, mode: 'incr', initial: 2n ** 64n }),
      'initial',
    ],
    [
      'a CAS that is no number',
      () => metaDelete(key, { compareCas: { value: '1' as unknown as bigint, connection: 1 } }),
      'compareCas',
    ],
    ['unknown figures', () => stats('toString' as 'items'), 'kind'],
  ])('refuse %s', (_, build, option) => {
    expect(build).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(`\`${option}\``),
      }),
    )
  })
})
