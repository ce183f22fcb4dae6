import { describe, expect, it } from 'vitest'
import { createCaches, describeCaches, MemoryBackend, TieredBackend } from '../../../src/index.ts'

const env = {}

describe('createCaches', () => {
  it('is in memory without settings, or where CACHE_URL says', () => {
    const inMemory = createCaches(undefined, { env })
    const byUrl = createCaches(undefined, { env: { CACHE_URL: 'null://?ttl=5&keyPrefix=x' } })
    const empty = createCaches(undefined, { env: { CACHE_URL: '' } })

    expect(describeCaches(inMemory)).toMatchObject([{ alias: 'default', backend: 'memory' }])
    expect(describeCaches(byUrl)).toMatchObject([{ backend: 'null', ttl: 5, keyPrefix: 'x' }])
    expect(describeCaches(empty)).toMatchObject([{ backend: 'memory' }])
  })

  it('completes an alias without a place by CACHE_URL', () => {
    const url = 'memcached://10.0.0.1?ttl=5&keyPrefix=x&timeoutMs=250'
    const caches = createCaches(
      {
        default: { ttl: 60, version: undefined as never, keyPrefix: undefined as never },
        fragments: { backend: 'memory' },
      },
      { env: { CACHE_URL: url } },
    )

    expect(describeCaches(caches)).toMatchObject([
      { alias: 'default', backend: 'memcached', keyPrefix: 'x', version: 1, ttl: 60 },
      { alias: 'fragments', backend: 'memory', keyPrefix: '', ttl: 300, client: undefined },
    ])
    expect(describeCaches(caches)[0]?.client?.servers).toEqual(['10.0.0.1:11211'])
  })

  it('shares a client among aliases with the same servers and options', () => {
    const caches = createCaches({
      default: 'memcached://10.0.0.1,10.0.0.2:11212?keyPrefix=a',
      same: { backend: 'memcached', location: ['10.0.0.2:11212', '10.0.0.1'], keyPrefix: 'b' },
      slower: 'memcached://10.0.0.1,10.0.0.2:11212?keyPrefix=c&timeoutMs=900',
      elsewhere: 'memcached://10.0.0.3',
    })
    const [first, same, slower, elsewhere] = describeCaches(caches).map(({ client }) => client)

    expect(same).toBe(first)
    expect(slower).not.toBe(first)
    expect(elsewhere).not.toBe(first)
  })

  it('tells the store of each alias in memory, shared or not', () => {
    const mine = new MemoryBackend()
    const caches = createCaches(
      {
        default: 'memory://',
        same: 'memory://?keyPrefix=b',
        other: 'memory://other',
        mine: { backend: mine },
        off: 'null://',
        remote: 'memcached://10.0.0.1',
      },
      { env },
    )
    const [first, same, other, made, off, remote] = describeCaches(caches).map(({ store }) => store)

    expect(first).toBeInstanceOf(MemoryBackend)
    expect(same).toBe(first)
    expect(other).not.toBe(first)
    expect(made).toBe(mine)
    expect([off, remote]).toEqual([undefined, undefined])
  })

  it('opens a tier over Memcached, which aliases without one may share', () => {
    const caches = createCaches(
      {
        default: 'tiered://10.0.0.1,10.0.0.2?keyPrefix=a&trustFor=2&maxBytes=1mb',
        same: {
          backend: 'tiered',
          location: ['10.0.0.2', '10.0.0.1'],
          keyPrefix: 'b',
          options: { maxBytes: '1mb', trustFor: 2 },
        },
        asking: 'tiered://10.0.0.1,10.0.0.2?keyPrefix=c',
        plain: 'memcached://10.0.0.1,10.0.0.2?keyPrefix=d',
      },
      { env },
    )
    const [first, same, asking, plain] = describeCaches(caches)

    expect(first).toMatchObject({ backend: 'tiered' })
    expect(first?.store).toBeInstanceOf(TieredBackend)
    expect(first?.store?.usage().maxBytes).toBe(1_048_576)
    expect(same?.store).toBe(first?.store)
    expect(asking?.store).not.toBe(first?.store)
    expect(plain?.store).toBeUndefined()
    expect(plain?.client?.servers).toEqual(['10.0.0.1:11211', '10.0.0.2:11211'])
    expect([first?.client, same?.client, asking?.client]).toEqual(Array(3).fill(plain?.client))
  })

  it('hands the options of a codec to the backend, and those of a client to its client', async () => {
    const codec = { name: 'own', encode: () => Buffer.alloc(1), decode: () => 1 }
    const options = {
      compress: { thresholdBytes: 100 },
      codec,
      secret: 'x'.repeat(32),
      timeoutMs: 250,
    }
    const other = { ...options, secret: 'y'.repeat(32) }
    const at = (keyPrefix: string, options: object) => {
      return { backend: 'memcached' as const, location: '10.0.0.1', keyPrefix, options }
    }
    const caches = createCaches({ default: at('a', options), same: at('b', { ...options }) })
    const [first, same] = describeCaches(caches)
    expect(same?.client).toBe(first?.client)
    const mixed = createCaches({ default: at('a', options), other: at('b', other) })
    const [one, two] = describeCaches(mixed)
    expect(two?.client).not.toBe(one?.client)
    const wrong = { default: at('a', { secret: '' }) }

    expect(() => createCaches(wrong)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })

  it('takes a backend that you made, and closes it', async () => {
    const backend = new MemoryBackend()
    const caches = createCaches({
      default: { backend, keyPrefix: 'a' },
      other: { backend, keyPrefix: 'b' },
    })
    await caches.other.set('k', 'v')

    expect(await caches.default.get('k')).toBeUndefined()
    expect((await backend.get('b:1:k'))?.value).toBe('v')
    await caches.close()
    expect(await backend.get('b:1:k')).toBeUndefined()
    await expect(caches.default.get('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('lets one alias be closed and the others go on', async () => {
    await using caches = createCaches({
      default: 'memory://?keyPrefix=a',
      other: 'memory://?keyPrefix=b',
    })
    await caches.other.set('k', 'v')
    await caches.default.close()

    expect(await caches.other.get('k')).toBe('v')
  })

  it.each([
    ['no default', { other: 'memory://' }, 'no alias `default`'],
    ['a reserved alias', { default: 'memory://', names: 'memory://' }, '`alias` is "names"'],
    ['an odd alias', { default: 'memory://', 'a b': 'memory://' }, '`alias` is "a b"'],
    ['an unknown setting', { default: { timeout: 5 } }, 'one of backend, location, options'],
    ['an unknown option', { default: { options: { maxSize: 5 } } }, 'one of maxBytes, maxEntries'],
    [
      'an option of a tier elsewhere',
      { default: { backend: 'memcached', options: { trustFor: 5 } } },
      '"trustFor"',
    ],
    [
      'an option of Memcached elsewhere',
      { default: { options: { compress: true } } },
      '"compress"',
    ],
    [
      'a wrong option of a tier',
      { default: { backend: 'tiered', options: { trustFor: -1 } } },
      '`trustFor` is -1',
    ],
    ['an option of null', { default: { backend: 'null', options: { a: 1 } } }, 'there are none'],
    [
      'a URL in the place of a name, without its password',
      { default: { backend: 'memcached://u:hunter2@x' } },
      '`backend` is "memcached:…": it must be one of',
    ],
    ['a place alone', { default: { location: '10.0.0.1' } }, '`backend` is undefined'],
    ['no backend', { default: { backend: {} } }, 'or a Backend'],
    [
      'a place of a backend that you made',
      { default: { backend: new MemoryBackend(), location: 'x' } },
      '`location` is "x"',
    ],
    ['a malformed server', { default: 'memcached://a b' }, "'host', 'host:port'"],
    [
      'a list for memory',
      { default: { backend: 'memory', location: ['a'] } },
      'the name of a store',
    ],
    [
      'one store of two sizes',
      { default: 'memory://s', other: 'memory://s?maxBytes=1mb&keyPrefix=b' },
      'the same for all of them',
    ],
  ])('refuses %s', (_name, settings, message) => {
    expect(() => createCaches(settings as never, { env })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(message),
      }),
    )
  })

  it('keeps aliases without a name apart where their options differ', async () => {
    const caches = createCaches(
      {
        default: 'memory://?keyPrefix=a',
        fragments: 'memory://?maxBytes=1mb&keyPrefix=a',
        more: 'memory://?keyPrefix=a&version=2',
      },
      { env: {} },
    )
    const stores = describeCaches(caches).map(({ store }) => store)
    await caches.close()

    expect(stores[0]).not.toBe(stores[1])
    expect(stores[0]).toBe(stores[2])
  })

  it('describes only what it made', () => {
    expect(() => describeCaches({})).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})
