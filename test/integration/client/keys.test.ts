import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type KeysOptions, type ListedKey, MemcachedClient } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { eventually } from '../../support/eventually.ts'
import { startImpostor } from '../../support/impostor.ts'
import { freePort, type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

let server: MemcachedServer
let client: MemcachedClient

beforeAll(async () => {
  server = await startMemcached()
  client = new MemcachedClient(`127.0.0.1:${server.port}`)
})

afterAll(async () => {
  await client.close()
  await server.kill()
})

beforeEach(async () => {
  // Not a flush: the crawler still lists what was flushed until somebody asks for it.
  for await (const listed of client.keys()) await client.deleteListed(listed)
})

describe('keys', () => {
  it('lists plain, encoded and hashed keys, decoded', async () => {
    await client.set('plain', 'v', { ttl: Infinity })
    await client.set('mit Leerzeichen, grüße\n', 'v', { ttl: 1000 })
    await client.set(`long:${'x'.repeat(300)}`, 'v')

    const listed = await all(client.keys())

    expect(listed.map(({ key, hashed }) => [hashed ? key.slice(0, 14) : key, hashed])).toEqual([
      ['mit Leerzeichen, grüße\n', false],
      ['plain', false],
      ['reprise#long:x', true],
    ])
    const [encoded, plain] = listed
    expect(plain).toMatchObject({
      server: `127.0.0.1:${server.port}`,
      expiresAt: Infinity,
      fetched: false,
    })
    expect(plain?.sizeBytes).toBeGreaterThan(50)
    expect(plain?.slabClass).toBe(1)
    const now = Date.now() / 1000
    expect(Math.abs((encoded?.expiresAt ?? 0) - now - 1000)).toBeLessThan(5)
    expect(Math.abs((encoded?.lastAccessAt ?? 0) - now)).toBeLessThan(5)
  })

  it('lists what starts so and no more than asked for', async () => {
    for (const key of ['a:1', 'a:2', 'a:3', 'b:1', `a:${'x'.repeat(300)}`]) {
      await client.set(key, 'v')
    }

    expect(await all(client.keys({ startsWith: 'a:' }))).toHaveLength(4)
    expect(await all(client.keys({ startsWith: 'b:' }))).toMatchObject([{ key: 'b:1' }])
    expect(await all(client.keys({ startsWith: 'reprise#' }))).toEqual([])
    expect(await all(client.keys({ limit: 2 }))).toHaveLength(2)
    expect(await all(client.keys({ limit: 0 }))).toEqual([])
  })

  it('lists no more of each server than asked for, and those that it is told', async () => {
    await using second = await startMemcached()
    const other = `127.0.0.1:${second.port}`
    const first = `127.0.0.1:${server.port}`
    await using both = new MemcachedClient([first, other])
    await using direct = new MemcachedClient(other)
    for (const key of ['a', 'b', 'c']) {
      await client.set(key, 'v')
      await direct.set(key, 'v')
    }

    const servers = async (options: KeysOptions): Promise<string[]> =>
      (await all(both.keys(options))).map((listed) => listed.server).sort()

    expect(await servers({ limitPerServer: 2 })).toEqual([first, first, other, other].sort())
    expect(await servers({ limitPerServer: 2, limit: 3 })).toHaveLength(3)
    expect(await servers({ limitPerServer: 0 })).toEqual([])
    expect(await servers({ servers: [other] })).toEqual([other, other, other])
    expect(await servers({ servers: [] })).toEqual([])
  })

  it('lists the items of some slab classes', async () => {
    await client.set('small', 'v')
    await client.set('large', 'v'.repeat(5000))
    const [large] = (await all(client.keys())).filter(({ key }) => key === 'large')
    if (large?.slabClass === undefined) throw new Error('nothing was listed')

    const listed = await all(client.keys({ walk: 'lru', slabClasses: [large.slabClass] }))

    expect(listed).toMatchObject([{ key: 'large', slabClass: large.slabClass }])
  })

  it.each([
    [{ limit: Number.NaN }, '`limit`'],
    [{ limit: -1 }, '`limit`'],
    [{ limit: 1.5 }, '`limit`'],
    [{ limit: '5' }, '`limit`'],
    [{ limitPerServer: -1 }, '`limitPerServer`'],
    [{ startsWith: 5 }, '`startsWith`'],
    [{ startsWith: null }, '`startsWith`'],
    [{ servers: ['nowhere:1'] }, '`servers`'],
    [{ walk: 'all' }, '`walk`'],
    [{ maxHeld: 0 }, '`maxHeld`'],
    [{ slabClasses: [1] }, '`slabClasses`'],
    [{ walk: 'lru', slabClasses: [] }, '`slabClasses`'],
    [{ walk: 'lru', slabClasses: [0] }, '`slabClasses`'],
    [{ walk: 'lru', slabClasses: ['1\r\nflush_all'] }, '`slabClasses`'],
    [{ signal: 'none' }, '`signal`'],
    [{ startWith: 'a' }, '"startWith"'],
    ['a', 'the options of `keys`'],
  ])('refuses the options %o before it connects', async (options, named) => {
    await using unconnected = new MemcachedClient(`127.0.0.1:${await freePort()}`)

    expect(() => unconnected.keys(options as KeysOptions)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(named),
      }),
    )
  })

  it('lists ten thousand, and deletes them as they come', async () => {
    await Promise.all(Array.from({ length: 9000 }, (_, i) => client.set(`many:${i}`, 'v')))

    const deleted: boolean[] = []
    for await (const listed of client.keys({ startsWith: 'many:' })) {
      deleted.push(await client.deleteListed(listed))
    }

    expect(deleted).toHaveLength(9000)
    expect(deleted.every((was) => was)).toBe(true)
    expect(await client.get('many:77')).toBeUndefined()
  })

  it('waits while another listing runs', async () => {
    await Promise.all(Array.from({ length: 2000 }, (_, i) => client.set(`many:${i}`, 'v')))

    const listings = await Promise.all([all(client.keys()), all(client.keys()), all(client.keys())])

    expect(listings.map((listed) => listed.length)).toEqual([2000, 2000, 2000])
  })

  it('closes its connection where the reader stops', async () => {
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using other = new MemcachedClient(`127.0.0.1:${proxy.port}`)
    await client.set('a', 'v')
    await client.set('b', 'v')

    for await (const _ of other.keys()) break

    expect(proxy.counts.connections).toBe(1)
    while (proxy.open > 0) await new Promise(setImmediate)
  })

  it('ends at once where it is returned while it waits, or its signal is aborted', async () => {
    await using silent = await startImpostor({}, { lru_crawler: '' })
    await using waiting = new MemcachedClient(`127.0.0.1:${silent.port}`)
    const returned = waiting.keys()
    const next = returned.next()
    expect(await returned.return()).toEqual({ done: true, value: undefined })
    expect(await next).toEqual({ done: true, value: undefined })

    const controller = new AbortController()
    const reason = new Error('enough')
    const aborted = all(waiting.keys({ signal: controller.signal }))
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
  })

  it('ends when the client is closed', async () => {
    await using silent = await startImpostor({}, { lru_crawler: '' })
    const closed = new MemcachedClient(`127.0.0.1:${silent.port}`)
    const listed = all(closed.keys())

    await closed.close()

    await expect(listed).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  describe('with a reader that is slower than the server', () => {
    const COUNT = 16_000
    let large: MemcachedServer
    let other: MemcachedClient

    // Several times what the sockets hold: 4 MB.
    beforeAll(async () => {
      large = await startMemcached()
      other = new MemcachedClient(`127.0.0.1:${large.port}`)
      const keys = Array.from({ length: COUNT }, (_, i) => `slow:${'x'.repeat(200)}:${i}`)
      for (let i = 0; i < COUNT; i += 4000) {
        await Promise.all(keys.slice(i, i + 4000).map((key) => other.set(key, 'v')))
      }
    })

    afterAll(async () => {
      await other.close()
      await large.kill()
    })

    it('never lets the server wait, whose readers would wait with it', async () => {
      const listing = other.keys()
      const first = await listing.next()

      // It holds up no key, and is over while its reader still has nearly all of it to read.
      for (let i = 0; i < COUNT; i += 100) await other.get(`slow:${'x'.repeat(200)}:${i}`)
      await eventually(async () => (await other.stats())[0]?.value?.lru_crawler_running === false)

      const rest = await all(listing)
      expect(new Set([first.value?.key, ...rest.map(({ key }) => key)]).size).toBe(COUNT)
    })

    it('holds no more than asked for, and says so after what it holds', async () => {
      const listing = other.keys({ maxHeld: 3000 })
      await listing.next()
      await eventually(async () => (await other.stats())[0]?.value?.lru_crawler_running === false)

      let count = 1
      const reading = (async () => {
        for await (const _ of listing) count++
      })()

      await expect(reading).rejects.toMatchObject({
        code: 'ERR_OVERLOADED',
        server: `127.0.0.1:${large.port}`,
      })
      expect(count).toBeGreaterThan(3000)
      expect(count).toBeLessThan(10_000)
    })

    it('walks the lists at its pace where it is told to', async () => {
      const listing = other.keys({ walk: 'lru' })
      await listing.next()

      for (let i = 0; i < COUNT; i += 100) await other.get(`slow:${'x'.repeat(200)}:${i}`)
      const [general] = await other.stats()

      expect(general?.value?.lru_crawler_running).toBe(true)
      expect((await all(listing)).length).toBeGreaterThan(COUNT / 2)
    })

    it('deletes a store of more keys than a slow reader is told at once', async () => {
      const deleted: boolean[] = []
      for (let listed = 1; listed > 0; ) {
        listed = 0
        for await (const key of other.keys({ limit: 5000 })) {
          listed++
          deleted.push(await other.deleteListed(key))
        }
      }

      expect(deleted).toHaveLength(COUNT)
      expect(await all(other.keys())).toEqual([])
    })
  })

  it('reads the listing of 1.6.43 and later', async () => {
    const lines = [
      'OK\r\n',
      'key=foo%20bar exp=-1 la=1795503861 cas=7 fetch=yes cls=1 size=63 flags=32\n',
      'END\r\n',
    ]
    await using newer = await startImpostor({}, { lru_crawler: lines.join('') })
    await using asking = new MemcachedClient(`127.0.0.1:${newer.port}`)

    expect(await all(asking.keys())).toMatchObject([{ key: 'foo bar', flags: 32, fetched: true }])
  })

  it('rejects where a server never gets to list, or stops in the middle', async () => {
    await using busy = await startImpostor({}, { lru_crawler: 'BUSY currently processing\r\n' })
    await using asking = new MemcachedClient(`127.0.0.1:${busy.port}`)
    await expect(all(asking.keys())).rejects.toMatchObject({
      code: 'ERR_SERVER',
      message: expect.stringContaining('is busy listing'),
    })

    const half = 'key=a exp=-1 la=1 cas=7 fetch=no cls=1 size=63\n'
    await using stopped = await startImpostor({}, { lru_crawler: half })
    await using waiting = new MemcachedClient({
      servers: `127.0.0.1:${stopped.port}`,
      timeoutMs: 10,
    })
    const listing = waiting.keys()
    expect((await listing.next()).value).toMatchObject({ key: 'a' })
    await expect(listing.next()).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
  })

  it('rejects where the server does not allow it, is gone, falls silent or says something else', async () => {
    await using locked = await startMemcached(['-X'])
    await using refused = new MemcachedClient(`127.0.0.1:${locked.port}`)
    await expect(all(refused.keys())).rejects.toMatchObject({
      code: 'ERR_SERVER',
      message: expect.stringContaining('metadump not allowed'),
    })

    await using dead = new MemcachedClient(`127.0.0.1:${await freePort()}`)
    await expect(all(dead.keys())).rejects.toMatchObject({ code: 'ERR_CONNECTION' })

    await using crawlerless = await startMemcached(['-o', 'no_lru_crawler'])
    await using disabled = new MemcachedClient(`127.0.0.1:${crawlerless.port}`)
    await expect(all(disabled.keys())).rejects.toMatchObject({
      code: 'ERR_SERVER',
      message: expect.stringContaining('lru crawler disabled'),
    })

    await using silent = await startImpostor({}, { lru_crawler: '' })
    await using waiting = new MemcachedClient({
      servers: `127.0.0.1:${silent.port}`,
      timeoutMs: 10,
    })
    await expect(all(waiting.keys())).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })

    await using odd = await startImpostor({}, { lru_crawler: 'HTTP/1.1 400 Bad Request\r\n' })
    await using puzzled = new MemcachedClient(`127.0.0.1:${odd.port}`)
    await expect(all(puzzled.keys())).rejects.toMatchObject({ code: 'ERR_PROTOCOL' })
  })

  it('deletes a key of another client that is too long for base64, and stays connected', async () => {
    await ask(server.port, Buffer.from(`set ${'é'.repeat(120)} 0 0 1\r\nv\r\n`, 'utf8'))
    const [listed] = await all(client.keys())
    if (listed === undefined) throw new Error('nothing was listed')
    expect(listed.key).toBe('é'.repeat(120))

    const [deleted, missed] = await Promise.all([client.deleteListed(listed), client.get('a')])

    expect(deleted).toBe(true)
    expect(missed).toBeUndefined()
    expect(await all(client.keys())).toEqual([])
  })

  it('lists nothing once the client is closed', async () => {
    const closed = new MemcachedClient(`127.0.0.1:${server.port}`)
    await closed.close()

    await expect(all(closed.keys())).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('deletes nothing that it did not list', async () => {
    const forged = { key: 'a' } as ListedKey

    await expect(client.deleteListed(forged)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })
})

async function all(keys: AsyncIterable<ListedKey>): Promise<ListedKey[]> {
  const listed: ListedKey[] = []
  for await (const key of keys) listed.push(key)
  return listed.sort((a, b) => (a.key < b.key ? -1 : 1))
}
