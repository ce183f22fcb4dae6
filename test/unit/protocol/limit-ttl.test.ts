import { describe, expect, it } from 'vitest'
import { wireKey } from '../../../src/protocol/key.ts'
import { limitTtl } from '../../../src/protocol/limit-ttl.ts'
import { metaDelete, metaGet, metaSet } from '../../../src/protocol/meta.ts'

const key = wireKey('k')
const value = Buffer.from('T99 N99')

describe('limitTtl', () => {
  it.each([
    ['a longer one', 300, ' T10'],
    ['one that is as long', 10, ' T10'],
    ['a shorter one', 9, ' T9'],
    ['never', 0, ' T10'],
    ['a point in time', 1_800_000_000, ' T10'],
    ['at once', -1, ' T-1'],
  ])('cuts the lifetime of what is stored: %s', (_, ttl, flags) => {
    expect(limitTtl(metaSet(key, value, { ttl }), 10)).toEqual({
      ...metaSet(key, value, { ttl }),
      flags,
    })
  })

  it('cuts what reading gives, and leaves what it asks for', () => {
    const read = metaGet(key, {
      value: true,
      ttl: true,
      vivify: 30,
      touch: 60,
      recache: 40,
      newCas: 77n,
      proxy: { P: 'T99', L: 'N99' },
    })

    expect(limitTtl(read, 10).flags).toBe(' N10 T10 R40 v t E77 PT99 LN99')
  })

  it('cuts how long a stale value stays, and adds nothing where none was given', () => {
    expect(limitTtl(metaDelete(key, { invalidate: true, ttl: 30 }), 10).flags).toBe(' I T10')
    const plain = metaDelete(key, { invalidate: true })
    expect(limitTtl(plain, 10)).toBe(plain)
  })

  it('leaves flags, modes and values alone', () => {
    const command = metaSet(key, value, { ttl: 5, flags: 99, mode: 'replace' })
    expect(limitTtl(command, 10)).toBe(command)
  })
})
