import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CacheCore } from '../../src/cache/core.ts'
import { resolveSettings } from '../../src/cache/settings.ts'
import { systemClock } from '../../src/clock.ts'
import { NullBackend } from '../../src/index.ts'
import { wireKey } from '../../src/protocol/key.ts'

const word = fc.stringMatching(/^[!-9;-~]{1,12}$/).filter((word) => !word.startsWith('reprise#'))
const parts = fc.record({
  keyPrefix: fc.oneof(fc.constantFrom('', 'shop', 'reprise', '#reprise#lease'), word),
  version: fc.oneof(fc.integer(), word),
  key: fc.oneof(
    fc.string({ minLength: 1, unit: 'binary' }),
    fc.string({ minLength: 1, maxLength: 400 }),
    fc.constantFrom(':', '1:k', ':1:k', 'k', 'reprise#lease:k', 'a'.repeat(300)),
  ),
})

it('gives distinct prefixes, versions and keys, and the leases on them, distinct forms on the wire', () => {
  const several = fc.uniqueArray(parts, {
    minLength: 2,
    maxLength: 20,
    // The number 1 and the word '1' are one version, as in Django.
    selector: ({ keyPrefix, version, key }) => JSON.stringify([keyPrefix, `${version}`, key]),
  })
  fc.assert(
    fc.property(several, (several) => {
      const forms = several.flatMap(({ keyPrefix, version, key }) => {
        const settings = resolveSettings({ keyPrefix, version })
        const core = new CacheCore('default', new NullBackend(), settings, systemClock)
        const whole = core.key(key, undefined)
        return [whole, `reprise#lease:${whole}`].map((sent) => {
          const { token, base64 } = wireKey(sent)
          // The server keeps a base64 key under its raw bytes.
          return base64 ? Buffer.from(token, 'base64').toString('latin1') : token
        })
      })
      expect(new Set(forms).size).toBe(2 * several.length)
    }),
    { numRuns: 500 },
  )
})
