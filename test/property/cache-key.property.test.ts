import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CacheCore } from '../../src/cache/core.ts'
import { resolveSettings } from '../../src/cache/settings.ts'
import { systemClock } from '../../src/clock.ts'
import { NullBackend } from '../../src/index.ts'
import { wireKey } from '../../src/protocol/key.ts'

const word = fc.stringMatching(/^[!-9;-~]{1,12}$/).filter((word) => !word.startsWith('reprise#'))
const name = fc.oneof(fc.constantFrom('t', 'g', 'i', '1', 'shop', 'reprise#lease'), word)
const parts = fc.record({
  keyPrefix: fc.oneof(fc.constantFrom('', 'shop', 'reprise', '#reprise#lease'), word),
  namespaces: fc.array(name, { maxLength: 3 }),
  version: fc.oneof(fc.integer(), fc.constantFrom('t', 'g', 'i'), word),
  key: fc.oneof(
    fc.string({ minLength: 1, unit: 'binary' }),
    fc.string({ minLength: 1, maxLength: 400 }),
    fc.constantFrom(':', '1:k', ':1:k', 'k', 'reprise#lease:k', 'a'.repeat(300)),
    fc.constantFrom(':t:k', '::t:k', ':::t:k', ':g', ':i', '::i', '::g', '::shop:1:k'),
  ),
})
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never

it('gives distinct prefixes, namespaces, versions and keys, and the leases on them, distinct forms on the wire', () => {
  const several = fc.uniqueArray(parts, {
    minLength: 2,
    maxLength: 20,
    // The number 1 and the word '1' are one version, as in Django.
    selector: ({ keyPrefix, namespaces, version, key }) =>
      JSON.stringify([keyPrefix, namespaces, `${version}`, key]),
  })
  fc.assert(
    fc.property(several, (several) => {
      const forms = several.flatMap((each) => {
        const whole = coreOf(each).key(each.key, undefined)
        return [whole, `reprise#lease:${whole}`].map(formOnServer)
      })
      expect(new Set(forms).size).toBe(2 * several.length)
    }),
    { numRuns: 500 },
  )
})

it('keeps entries, tags, generations and counters of all namespaces apart', () => {
  fc.assert(
    fc.property(fc.array(parts, { minLength: 2, maxLength: 20 }), (several) => {
      const owners = new Map<string, string>()
      const claim = (key: string, owner: readonly unknown[]): void => {
        const form = formOnServer(key)
        const text = JSON.stringify(owner)
        expect(owners.get(form) ?? text).toBe(text)
        owners.set(form, text)
      }
      for (const each of several) {
        const { keyPrefix, namespaces, version, key } = each
        const core = coreOf(each)
        claim(core.key(key, undefined), ['entry', keyPrefix, namespaces, `${version}`, key])
        claim(core.tags.counter, ['counter', keyPrefix, namespaces])
        for (const tag of core.tags.keysOf([key])) claim(tag, ['tag', keyPrefix, namespaces, key])
        for (const [i, generation] of core.tags.generations.entries()) {
          claim(generation, ['generation', keyPrefix, namespaces.slice(0, i + 1)])
        }
      }
    }),
    { numRuns: 500 },
  )
})

function coreOf({ keyPrefix, namespaces, version }: Parts): CacheCore {
  const settings = resolveSettings({ keyPrefix, version })
  const core = new CacheCore({
    alias: 'default',
    backend: new NullBackend(),
    settings,
    clock: systemClock,
    random: Math.random,
  })
  return namespaces.reduce((outer, name) => outer.namespace(name), core)
}

/** The server keeps a base64 key under its raw bytes. */
function formOnServer(key: string): string {
  const { token, base64 } = wireKey(key)
  return base64 ? Buffer.from(token, 'base64').toString('latin1') : token
}
