import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MemcachedClient, type WatchedEvent } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { eventually } from '../../support/eventually.ts'
import { startImpostor } from '../../support/impostor.ts'
import { freePort, type MemcachedServer, startMemcached } from '../../support/memcached.ts'

let server: MemcachedServer
let client: MemcachedClient
let name: string

beforeAll(async () => {
  server = await startMemcached()
  name = `127.0.0.1:${server.port}`
  client = new MemcachedClient(name)
})

afterAll(async () => {
  await client.close()
  await server.kill()
})

// A server notices within a second that a watcher has left.
beforeEach(() => watched(0))

describe('watch', () => {
  it('tells look-ups and stores as they happen', async () => {
    const events = await watchWhile(client.watch(['fetchers', 'mutations']), 3, async () => {
      await client.set('mit Leerzeichen, grüße', 'abc', { ttl: 100 })
      await client.get('missing')
    })

    expect(events).toMatchObject([
      { server: name, type: 'item_get', key: 'mit Leerzeichen, grüße', hashed: false },
      { type: 'item_store', key: 'mit Leerzeichen, grüße', command: 'set', ttl: 100, sizeBytes: 3 },
      { type: 'item_get', key: 'missing', status: 'not_found', slabClass: 0 },
    ])
    const [first, second] = events
    if (first?.type !== 'item_get' || second?.type !== 'item_store') throw new Error('other events')
    expect(Math.abs(first.at - Date.now() / 1000)).toBeLessThan(5)
    expect(second.id).toBe(first.id + 1)
  })

  it('tells connections', async () => {
    const [event] = await watchWhile(client.watch('connevents'), 1, async () => {
      await using other = new MemcachedClient(name)
      await other.version()
    })

    expect(event).toMatchObject({ type: 'conn_new', address: '127.0.0.1', transport: 'tcp' })
  })

  it('tells what was evicted', async () => {
    await using small = await startMemcached(['-m', '2', '-I', '512k', '-o', 'slab_chunk_max=256'])
    await using full = new MemcachedClient(`127.0.0.1:${small.port}`)

    const [event] = await watchWhile(
      full.watch('evictions'),
      1,
      async () => {
        for (let i = 0; i < 3000; i++) await full.set(`e:${i}`, 'v'.repeat(2000), { ttl: 1000 })
      },
      full,
    )

    expect(event).toMatchObject({ type: 'eviction', key: 'e:0', fetched: false, hashed: false })
    expect(event?.type === 'eviction' && event.ttl).toBeGreaterThan(900)
  })

  it('tells a hashed key as listings do', async () => {
    const long = `long:${'x'.repeat(300)}`
    const [event] = await watchWhile(client.watch('mutations'), 1, () => client.set(long, 'v'))

    expect(event).toMatchObject({ hashed: true, key: expect.stringMatching(/^reprise#long:x+#/) })
  })

  it('ends after so many events', async () => {
    const watching = client.watch('mutations', { maxEvents: 2 })
    const events = all(watching)
    await watched(1)

    for (let i = 0; i < 5; i++) await client.set('k', `${i}`)

    expect(await events).toHaveLength(2)
    await watched(0)
  })

  it('ends after its time, whether anything happens or not', async () => {
    const started = performance.now()

    expect(await all(client.watch('evictions', { durationMs: 200 }))).toEqual([])

    expect(performance.now() - started).toBeGreaterThan(190)
    expect(performance.now() - started).toBeLessThan(2000)
    await watched(0)
  })

  it('ends after its time for a reader that does not read', async () => {
    const watching = client.watch('mutations', { durationMs: 200 })
    const first = watching.next()
    await watched(1)
    await client.set('k', '1')
    await client.set('k', '2')
    expect((await first).value).toMatchObject({ type: 'item_store' })

    await watched(0)

    expect(await watching.next()).toEqual({ done: true, value: undefined })
  })

  it('closes its connection where the reader leaves the loop', async () => {
    const left = (async () => {
      for await (const _ of client.watch('mutations')) break
    })()
    await watched(1)
    await client.set('k', 'v')

    await left

    await watched(0)
  })

  it('ends at once where it is returned while it waits', async () => {
    const watching = client.watch('evictions', { durationMs: 600_000 })
    const next = watching.next()
    await watched(1)

    expect(await watching.return()).toEqual({ done: true, value: undefined })

    expect(await next).toEqual({ done: true, value: undefined })
    await watched(0)
  })

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const events = all(client.watch('evictions', { signal: controller.signal }))
    await watched(1)

    controller.abort(reason)

    await expect(events).rejects.toBe(reason)
    await watched(0)
    const aborted = all(client.watch('evictions', { signal: controller.signal }))
    await expect(aborted).rejects.toBe(reason)
  })

  it('ends when the client is closed', async () => {
    const other = new MemcachedClient(name)
    const events = all(other.watch('evictions'))
    await watched(1)

    await other.close()

    await expect(events).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(all(other.watch('evictions'))).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await watched(0)
  })

  it('watches several servers, or those that it is told', async () => {
    await using second = await startMemcached()
    const other = `127.0.0.1:${second.port}`
    await using both = new MemcachedClient([name, other])
    await using direct = new MemcachedClient(other)

    const act = async () => {
      await client.set('k', 'v')
      await direct.set('k', 'v')
    }
    const events = await watchWhile(both.watch('mutations'), 2, act, both)
    expect(new Set(events.map((event) => event.server))).toEqual(new Set([name, other]))

    const one = all(both.watch('mutations', { maxEvents: 1, servers: [other] }))
    await watched(1, direct)
    await act()
    expect(await one).toMatchObject([{ server: other }])
  })

  it('lets the server leave out what a slow reader would have to hold, and tells how much', async () => {
    const watching = client.watch('mutations', { maxEvents: 1_000_000, durationMs: 60_000 })
    const first = watching.next()
    await watched(1)
    const key = 'k'.repeat(240)
    const store = () => Promise.all(Array.from({ length: 200 }, () => client.set(key, 'v')))
    await store()
    await first

    // More than all buffers in between hold: the server's of 256 KiB, and the kernel's.
    let skipped = 0
    while (skipped === 0) {
      await store()
      skipped = (await client.stats())[0]?.value?.log_watcher_skipped ?? 0
    }

    let seen = 0
    const reading = (async () => {
      for await (const event of watching) {
        if (event.type === 'skipped') return event.count
        seen++
      }
      return 0
    })()
    let told: number | undefined
    void reading.then((count) => {
      told = count
    })
    // It says so with the next event that it has room for.
    await eventually(async () => {
      await store()
      return told !== undefined
    })

    expect(told).toBeGreaterThan(0)
    expect(seen).toBeGreaterThan(1000)
  })

  it('rejects where the server knows no such kind, and says so', async () => {
    await expect(all(client.watch('deletions'))).rejects.toMatchObject({
      code: 'ERR_SERVER',
      server: name,
      message: `The server ${name} does not know all of "watch deletions".`,
    })
  })

  it('rejects where the server does not allow it, is gone, or ends', async () => {
    await using locked = await startMemcached(['-W'])
    await using refused = new MemcachedClient(`127.0.0.1:${locked.port}`)
    await expect(all(refused.watch('fetchers'))).rejects.toMatchObject({
      code: 'ERR_SERVER',
      message: expect.stringContaining('watch commands not allowed'),
    })

    await using dead = new MemcachedClient(`127.0.0.1:${await freePort()}`)
    await expect(all(dead.watch('fetchers'))).rejects.toMatchObject({ code: 'ERR_CONNECTION' })

    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using cut = new MemcachedClient(`127.0.0.1:${proxy.port}`)
    const events = all(cut.watch('evictions'))
    await watched(1)
    await proxy.close()
    await expect(events).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  })

  it('rejects where as many watch as may', async () => {
    const watching = Array.from({ length: 20 }, () => client.watch('evictions'))
    const reading = watching.map((one) => all(one))
    await watched(20)

    await expect(all(client.watch('evictions'))).rejects.toMatchObject({
      code: 'ERR_SERVER',
      message: expect.stringContaining('WATCHER_TOO_MANY'),
    })

    await Promise.all(watching.map((one) => one.return()))
    expect((await Promise.all(reading)).flat()).toEqual([])
    await watched(0)
  })

  it('rejects where the server says nothing, or something else', async () => {
    await using silent = await startImpostor({}, { watch: '' })
    await using waiting = new MemcachedClient({
      servers: `127.0.0.1:${silent.port}`,
      timeoutMs: 20,
    })
    await expect(all(waiting.watch('fetchers'))).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })

    await using odd = await startImpostor({}, { watch: 'HTTP/1.1 400 Bad Request\r\n' })
    await using puzzled = new MemcachedClient(`127.0.0.1:${odd.port}`)
    await expect(all(puzzled.watch('fetchers'))).rejects.toMatchObject({ code: 'ERR_PROTOCOL' })
  })

  it('takes whatever comes after the beginning for events', async () => {
    const lines = 'OK\r\nskipped=5\n\x00\xff garbage\r\nts=1.5 gid=1 type=slab_move src=1\n'
    await using odd = await startImpostor({}, { watch: lines })
    await using asking = new MemcachedClient(`127.0.0.1:${odd.port}`)

    const events = await all(asking.watch('fetchers', { maxEvents: 3 }))

    expect(events).toMatchObject([
      { type: 'skipped', count: 5 },
      { type: 'other', name: '' },
      { type: 'other', name: 'slab_move' },
    ])
  })

  it.each([
    [[]],
    ['fetcher'],
    [['fetchers', 'shutdown']],
    ['fetchers\r\nflush_all'],
    [undefined],
    [[['fetchers']]],
  ])('refuses to watch %o', (kinds) => {
    expect(() => client.watch(kinds as 'fetchers')).toThrow('`kinds` is')
  })

  it.each([
    [{ maxEvents: 0 }, '`maxEvents`'],
    [{ maxEvents: 1.5 }, '`maxEvents`'],
    [{ maxEvents: Number.NaN }, '`maxEvents`'],
    [{ maxEvents: Infinity }, '`maxEvents`'],
    [{ durationMs: 0 }, '`durationMs`'],
    [{ durationMs: 600_001 }, '`durationMs`'],
    [{ servers: ['nowhere:1'] }, '`servers`'],
    [{ servers: 'a' }, '`servers`'],
    [{ signal: {} }, '`signal`'],
    [{ duration: 5 }, '"duration"'],
    [null, 'the options of `watch`'],
  ])('refuses the options %o', (options, named) => {
    expect(() => client.watch('fetchers', options as { maxEvents: number })).toThrow(named)
  })
})

/** Waits until the server has so many watchers. */
async function watched(count: number, of: MemcachedClient = client): Promise<void> {
  await eventually(async () =>
    (await of.stats()).every(({ value }) => value?.log_watchers === count),
  )
}

/** The first `count` events of what `act` does; it begins once `client` says that it is watched. */
async function watchWhile(
  watching: AsyncGenerator<WatchedEvent, void, undefined>,
  count: number,
  act: () => Promise<unknown>,
  of: MemcachedClient = client,
): Promise<WatchedEvent[]> {
  const events: WatchedEvent[] = []
  const reading = (async () => {
    for await (const event of watching) {
      events.push(event)
      if (events.length === count) break
    }
  })()
  await watched(1, of)
  await act()
  await reading
  await watched(0, of)
  return events
}

async function all(events: AsyncIterable<WatchedEvent>): Promise<WatchedEvent[]> {
  const seen: WatchedEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}
