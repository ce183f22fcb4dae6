import { describe, expect, it } from 'vitest'
import { NOOP } from '../../../src/protocol/command.ts'
import { RequestWriter } from '../../../src/protocol/encode.ts'
import { wireKey } from '../../../src/protocol/key.ts'
import { metaArithmetic, metaDelete, metaGet, metaSet } from '../../../src/protocol/meta.ts'

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
    ['a base64 key, whose reply must not name it', metaGet(wireKey('é'), {}), 'mg w6k= b O1\r\n'],
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
      'ms k 3 T-1 MR F4294967295 c I C18446744073709551615 O1 k\r\nabc\r\n',
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
  ])('writes %s', (_, command, line) => {
    const writer = new RequestWriter()
    writer.add(command, 1)

    expect(text(writer.take())).toBe(line)
    expect(writer.take()).toEqual([])
  })

  it('copies whole lines, short and long, and tells where they begin', () => {
    const writer = new RequestWriter()
    const lines = Buffer.from(`mg k v f O1 k\r\n${'mg k v f O2 k\r\n'.repeat(6000)}`)
    writer.add(NOOP, 0)
    const short = writer.addLines(lines, 0, 15)
    const long = writer.addLines(lines, 15, lines.length)

    expect(short).toBe(4)
    expect(writer.sentIn.getUint8(long + 3)).toBe('k'.charCodeAt(0))
    expect(text(writer.take())).toBe(`mn\r\n${lines}`)
  })

  it('hands over all but the last line', () => {
    const writer = new RequestWriter()
    expect(text(writer.takeButLast())).toBe('')
    writer.add(metaGet(key, {}), 1)
    expect(text(writer.takeButLast())).toBe('')
    writer.add(NOOP, 0)
    expect(text(writer.takeButLast())).toBe('mg k O1 k\r\n')
    writer.add(metaGet(key, {}), 2)
    expect(text(writer.takeButLast())).toBe('mn\r\n')
    expect(text(writer.take())).toBe('mg k O2 k\r\n')
  })

  it('joins small values to the lines around them and leaves large ones as they are', () => {
    const large = Buffer.alloc(4097, 'x')
    const writer = new RequestWriter()
    writer.add(metaSet(key, Buffer.from([0, 13, 10, 255]), { ttl: 1 }), 1)
    writer.add(metaSet(key, large, { ttl: 1 }), 2)
    writer.add(metaGet(key, {}), 3)

    const parts = writer.take()

    expect(parts).toHaveLength(3)
    expect(parts[1]).toBe(large)
    expect(text(parts.slice(0, 1))).toBe('ms k 4 T1 O1 k\r\n\0\r\n\u00ff\r\nms k 4097 T1 O2 k\r\n')
    expect(text(parts.slice(2))).toBe('\r\nmg k O3 k\r\n')
  })

  it.each([1, 9, 10, 99, 100, 12_345, 999_999])('writes the opaque %d', (opaque) => {
    const writer = new RequestWriter()
    writer.add(metaGet(key, {}), opaque)

    expect(text(writer.take())).toBe(`mg k O${opaque} k\r\n`)
  })

  it('goes on in a further block where one is full, and changes nothing it handed over', () => {
    const writer = new RequestWriter()
    const long = wireKey('k'.repeat(250))
    const counts = [300, 1, 300, 1]
    const batches = counts.map((count) => {
      for (let i = 0; i < count; i++) writer.add(metaGet(long, {}), 7)
      return writer.take()
    })

    const line = `mg ${'k'.repeat(250)} O7 k\r\n`
    expect(batches.map(text)).toEqual(counts.map((count) => line.repeat(count)))
    expect(batches[0]?.length).toBeGreaterThan(1)
  })

  it('begins its block again once nobody holds the parts', () => {
    const writer = new RequestWriter()
    writer.add(metaGet(key, {}), 1)
    const [first] = writer.take()
    writer.rewind()
    writer.add(metaGet(key, {}), 2)
    const [second] = writer.take()

    expect([second?.buffer, second?.byteOffset]).toEqual([first?.buffer, first?.byteOffset])
    expect(text(second === undefined ? [] : [second])).toBe('mg k O2 k\r\n')
  })
})

function text(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString('latin1')
}
