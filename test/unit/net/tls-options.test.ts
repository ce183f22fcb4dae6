import { describe, expect, it } from 'vitest'
import { MemcachedClient } from '../../../src/client/index.ts'
import { resolveTls, type TlsOptions } from '../../../src/net/tls-options.ts'

describe('resolveTls', () => {
  it.each([undefined, false])('is without TLS for %j', (tls) => {
    expect(resolveTls(tls)).toBeUndefined()
  })

  it.each([true, {}, { ca: undefined, rejectUnauthorized: undefined } as unknown as TlsOptions])(
    'refuses who cannot prove who it is, unless told otherwise (%#)',
    (tls) => {
      expect(resolveTls(tls)?.rejectUnauthorized).toBe(true)
    },
  )

  it.each([
    ['yes', '`tls`'],
    [1, '`tls`'],
    [['ca'], '`tls`'],
    [{ rejectUnauthorised: false }, '"rejectUnauthorised"'],
    [{ rejectUnauthorized: 0 }, '`tls.rejectUnauthorized`'],
    [{ servername: '10.0.0.1' }, '`tls.servername`'],
    [{ servername: '' }, '`tls.servername`'],
    [{ key: 'a secret that is no key' }, '`tls` cannot be used'],
    [{ cert: 'a secret that is no certificate' }, '`tls` cannot be used'],
    [{ minVersion: 'TLSv9' }, '`tls` cannot be used'],
  ])('refuses %j before anything connects, showing no key', (tls, message) => {
    const make = () => new MemcachedClient({ servers: 'a', tls: tls as TlsOptions })

    expect(make).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(message),
      }),
    )
    expect(make).not.toThrow(/secret/)
  })
})
