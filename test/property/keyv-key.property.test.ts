import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { storeKey } from '../../src/backends/keyv-key.ts'

/** Keys as caches make them, and such as look like what becomes of others. */
const plain = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
  fc.stringMatching(/^[a-c:]{1,8}$/),
  fc.stringMatching(/^keyv:{1,2}[a-c]{0,3}$/),
)
const key = fc.oneof(
  plain,
  plain.map((other) => storeKey(other, 'keyv')),
)
const namespace = fc.constantFrom(undefined, 'keyv', 'a', 'reprise')

describe('the keys that a Keyv store is given', () => {
  it('are different for different keys', () => {
    fc.assert(
      fc.property(key, key, namespace, (one, other, name) => {
        fc.pre(one !== other)
        expect(storeKey(one, name)).not.toBe(storeKey(other, name))
      }),
    )
  })

  it('are printable, short, without `::`, and not taken for keys with a namespace', () => {
    fc.assert(
      fc.property(key, namespace, (one, name) => {
        const stored = storeKey(one, name)
        expect(stored).toMatch(/^[!-~]{1,200}$/)
        expect(stored).not.toContain('::')
        expect(stored.startsWith(`${name}:`)).toBe(false)
      }),
    )
  })
})
