import { describe, expect, it } from 'vitest'
import { type CachesSettings, createCaches, MemcachedBackend } from '../../../src/index.ts'
import { warningsOf } from '../../support/warnings.ts'

const env = {}

describe('the advisor of settings', () => {
  it('says nothing of what can be done', async () => {
    const warnings = await warningsOf(() => [
      createCaches(undefined, { env }),
      createCaches(
        {
          default: 'memcached://10.0.0.1?keyPrefix=shop',
          near: 'memcached://127.0.0.1,localhost:11212,unix:/run/m.sock',
          six: 'memcached://[::1]:11211',
          waits: 'memcached://127.0.0.1?keyPrefix=w&waitMs=0&timeoutMs=9000',
          own: { backend: 'memcached', location: '10.0.0.1', keyFunction: (key) => `own-${key}` },
          memory: 'memory://m?maxBytes=64mb',
          tier: 'tiered://localhost?keyPrefix=t&trustFor=5&ttl=5',
          endless: { backend: 'memory', location: 'e', options: { maxBytes: Infinity } },
          off: 'null://',
          also: 'null://',
        },
        { env },
      ),
    ])

    expect(warnings).toEqual([])
  })

  it.each<[string, string, CachesSettings, string]>([
    [
      'two aliases that share a location and a prefix',
      'REPRISE_SHARED_KEYS',
      { default: 'memory://', other: 'memory://?version=2', third: 'memory://x' },
      "The cache aliases `default` and `other` share a location and a keyPrefix, so each finds the other's keys and clear() empties both. Give one of them a `keyPrefix`.",
    ],
    [
      'a server that others can use, without a prefix',
      'REPRISE_NO_KEY_PREFIX',
      { default: 'memcached://127.0.0.1,10.0.0.1' },
      'The cache `default` is on 10.0.0.1:11211 without a `keyPrefix`: another program on that server with the same keys would read and overwrite its entries. Give it a `keyPrefix`, such as the name of the application.',
    ],
    [
      'servers that are discovered, without a prefix',
      'REPRISE_NO_KEY_PREFIX',
      { default: { backend: 'memcached', options: { discovery: 'dns:cache.example.org:11211' } } },
      'The cache `default` is on servers that are discovered without a `keyPrefix`: another program on that server with the same keys would read and overwrite its entries. Give it a `keyPrefix`, such as the name of the application.',
    ],
    [
      'a tier on a server that others can use, without a prefix',
      'REPRISE_NO_KEY_PREFIX',
      { default: 'tiered://10.0.0.7' },
      'The cache `default` is on 10.0.0.7:11211 without a `keyPrefix`: another program on that server with the same keys would read and overwrite its entries. Give it a `keyPrefix`, such as the name of the application.',
    ],
    [
      'near copies that are trusted for their whole life',
      'REPRISE_TRUST_ABOVE_TTL',
      {
        default: {
          backend: 'tiered',
          location: '127.0.0.1',
          ttl: '1m',
          options: { trustFor: '2m' },
        },
      },
      'The cache `default` has a `trustFor` of 120 s and a `ttl` of 60 s: near copies would answer for their whole life, whatever other processes change. Make `trustFor` the shorter one.',
    ],
    [
      'a waiting that is shorter than one command',
      'REPRISE_WAIT_BELOW_TIMEOUT',
      { default: 'memcached://127.0.0.1?waitMs=200' },
      'The cache `default` has a `waitMs` of 200 and a `timeoutMs` of 500: one command may take longer than all the waiting. Lower `timeoutMs`, or raise `waitMs`.',
    ],
  ])('warns of %s', async (_name, code, settings, text) => {
    expect(await warningsOf(() => createCaches(settings, { env }))).toEqual([{ code, text }])
  })

  it('warns of more memory than there is, in all stores together', async () => {
    const half = { backend: 'memory', options: { maxBytes: '600gb' } } as const
    const warnings = await warningsOf(() => {
      createCaches({
        default: { ...half, location: 'a' },
        same: { ...half, location: 'a', keyPrefix: 's' },
        other: { ...half, location: 'b' },
        tier: { backend: 'tiered', location: '127.0.0.1', options: { maxBytes: '1gb' } },
      })
    })

    expect(warnings).toMatchObject([
      {
        code: 'REPRISE_MEMORY_LIMIT',
        text: expect.stringMatching(
          /^The caches in memory may hold 1229824 MiB together, but .* \d+ MiB: it is used up before they drop anything\. Lower `maxBytes`/,
        ),
      },
    ])
  })

  it('warns of the same once', async () => {
    const create = () => createCaches({ default: 'memcached://10.9.9.9' }, { env })

    expect(await warningsOf(create)).toHaveLength(1)
    expect(await warningsOf(create)).toEqual([])
  })

  it('knows nothing of the options of a backend that you made, but where it is', async () => {
    const backend = new MemcachedBackend({ servers: '10.0.0.8', timeoutMs: 100 })
    const waits = { backend, waitMs: 200 }

    const warnings = await warningsOf(() => [
      createCaches({ default: { ...waits, keyPrefix: 'shop' } }, { env }),
      createCaches({ default: waits }, { env }),
    ])

    expect(warnings).toMatchObject([
      { code: 'REPRISE_NO_KEY_PREFIX', text: expect.stringContaining('is on 10.0.0.8:11211') },
    ])
  })
})
