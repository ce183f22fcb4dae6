import { describe, expect, it } from 'vitest'
import { parseCacheUrl } from '../../../src/backends/url.ts'

describe('parseCacheUrl', () => {
  it.each([
    ['memory://', { backend: 'memory', options: {} }],
    ['null://', { backend: 'null', options: {} }],
    [
      'memory://fragments?maxBytes=64mb&maxEntries=5',
      { backend: 'memory', location: 'fragments', options: { maxBytes: '64mb', maxEntries: 5 } },
    ],
    [
      'memcached://a,b:11212?keyPrefix=shop&ttl=300',
      { backend: 'memcached', location: 'a,b:11212', keyPrefix: 'shop', ttl: 300, options: {} },
    ],
    [
      'memcached://[::1]:11212;unix:/run/m.sock?version=beta&ttl=never&timeoutMs=250',
      {
        backend: 'memcached',
        location: '[::1]:11212;unix:/run/m.sock',
        version: 'beta',
        ttl: Infinity,
        options: { timeoutMs: 250 },
      },
    ],
    [
      'memcached://unix:/run/a@b.sock,/run/c@d.sock',
      { backend: 'memcached', location: 'unix:/run/a@b.sock,/run/c@d.sock', options: {} },
    ],
    [
      'memcached:///run/my%20cache.sock?onFailure=throw&waitMs=0&leaseFor=5&version=2&ttl=15m',
      {
        backend: 'memcached',
        location: '/run/my cache.sock',
        onFailure: 'throw',
        waitMs: 0,
        leaseFor: 5,
        version: 2,
        ttl: '15m',
        options: {},
      },
    ],
    ['memory://?share=true', { backend: 'memory', options: { share: true } }],
    [
      'memcached://a?chunked=true&connections=2',
      { backend: 'memcached', location: 'a', options: { chunked: true, connections: 2 } },
    ],
    [
      'tiered://a,b?maxBytes=64mb&trustFor=2&share=true&timeoutMs=250',
      {
        backend: 'tiered',
        location: 'a,b',
        options: { maxBytes: '64mb', trustFor: 2, share: true, timeoutMs: 250 },
      },
    ],
    [
      'tiereds://shop:secret@a?trustFor=500ms',
      {
        backend: 'tiered',
        location: 'a',
        options: { tls: true, auth: { username: 'shop', password: 'secret' }, trustFor: '500ms' },
      },
    ],
    [
      'memcached://a?compress=true&secret=12345678901234567890&maxDecodedBytes=1mb',
      {
        backend: 'memcached',
        location: 'a',
        options: { compress: true, secret: '12345678901234567890', maxDecodedBytes: '1mb' },
      },
    ],
    ['memcacheds://a', { backend: 'memcached', location: 'a', options: { tls: true } }],
    [
      'memcacheds://shop:p%40ss%2Cw%3Ard@a,b:11212?timeoutMs=250',
      {
        backend: 'memcached',
        location: 'a,b:11212',
        options: { tls: true, auth: { username: 'shop', password: 'p@ss,w:rd' }, timeoutMs: 250 },
      },
    ],
    [
      'memcached://shop:a/b@unix:/run/a@b.sock',
      {
        backend: 'memcached',
        location: 'unix:/run/a@b.sock',
        options: { auth: { username: 'shop', password: 'a/b' } },
      },
    ],
  ])('reads %s', (url, settings) => {
    expect(parseCacheUrl(url)).toEqual(settings)
  })

  it.each([
    ['', 'such as'],
    ['10.0.0.1:11211', 'such as'],
    ['redis://10.0.0.1', '`url` is "redis://…"'],
    ['null://somewhere', '`location` is "somewhere"'],
    [
      'memcached://a?timeout=5',
      'one of ttl, keyPrefix, version, onFailure, waitMs, leaseFor, hashing, connectTimeoutMs',
    ],
    [
      'memory://?timeoutMs=5',
      'one of ttl, keyPrefix, version, onFailure, waitMs, leaseFor, maxBytes, maxEntries, share.',
    ],
    ['memcached://a?trustFor=2', '"trustFor"'],
    ['memcached://a?codec=json', '"codec"'],
    ['memcached://a?secret=hunter1&secret=hunter2', '`secret` is "…": it must be given once.'],
    ['Memcached://a?password=hunter', '`url` is "Memcached…"'],
    ['http//:hunter', '`url` is "http…"'],
    ['memory://?ttl=1&ttl=2', '`ttl` is "2": it must be given once.'],
    ['memcached://%ff', 'percent-encoded'],
    ['memcached://a,user:hunter@b', 'at most one `user:password@`'],
    ['memcached://user:sec@hunter@a', 'at most one `user:password@`'],
    ['memcached://user:sec,hunter@a', 'at most one `user:password@`'],
    ['memcached://hunter@a', 'at most one `user:password@`'],
    ['memcached://:hunter@a', 'at most one `user:password@`'],
    ['memcached://hunter:@a', 'at most one `user:password@`'],
    ['memcached://user:hunter%@a', 'at most one `user:password@`'],
    ['memcached://user:hunter@a#b', 'such as'],
    ['memory://user:hunter@a', 'without a user and a password'],
    ['null://user:hunter@', 'without a user and a password'],
    ['redis://user:hunter@a', '`url` is "redis://…"'],
    ['memcacheds://a?tls=true', 'parameter'],
  ])('refuses %j', (url, message) => {
    expect(() => parseCacheUrl(url)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(message),
      }),
    )
    expect(() => parseCacheUrl(url)).not.toThrow(/hunter/)
  })
})
