import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemcachedClient, type MemcachedOptions } from '../../src/client/index.ts'
import { FaultProxy, seededRandom } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { executedCommands } from '../support/raw.ts'

const SMALL = { chunked: true, maxValueBytes: 4096, timeoutMs: 1000 }

describe('a connection that ends while a large value is written', () => {
  let server: MemcachedServer
  let proxy: FaultProxy
  let client: MemcachedClient
  let direct: MemcachedClient

  beforeEach(async () => {
    server = await startMemcached()
    proxy = await FaultProxy.start({ target: { port: server.port } })
    client = openClient({ servers: `127.0.0.1:${proxy.port}`, ...SMALL })
    direct = openClient({ servers: `127.0.0.1:${server.port}`, ...SMALL })
  })

  afterEach(async () => {
    await client.close()
    await direct.close()
    await proxy.close()
    await server.kill()
  })

  // Replies: two to begin with, one of the former manifest, three chunks, the manifest, those freed.
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'after %d replies leaves the new value or none',
    async (replies) => {
      const [before, after] = [randomBytes(10_000), randomBytes(10_000)]
      await client.set('k', before)
      await proxy.set({ kind: 'cut-after', replies, by: 'rst' })

      const isStored = await client.set('k', after).catch(() => false)
      await proxy.set({ kind: 'pass' })
      const value = await eventuallyRead(client, 'k')
      if (value !== undefined) expect(value.equals(after)).toBe(true)
      else expect(isStored).toBe(false)
      // Deleted for all, not only unread by this client.
      const seen = (await direct.get('k'))?.value
      expect(seen === undefined || seen.equals(after)).toBe(true)
    },
  )

  it.each(['add', 'replace', 'cas'] as const)('leaves no mixture behind `%s`', async (mode) => {
    for (let replies = 0; replies < 8; replies++) {
      const [before, after] = [randomBytes(10_000), randomBytes(10_000)]
      await direct.delete('k')
      if (mode !== 'add') await direct.set('k', before)
      const item = await eventuallyGets(client, 'k')
      await proxy.set({ kind: 'cut-after', replies, by: 'fin' })

      const call =
        mode !== 'cas'
          ? client[mode]('k', after)
          : item === undefined
            ? Promise.resolve('missing')
            : client.cas('k', after, item.cas)
      await call.catch(() => false)
      await proxy.set({ kind: 'pass' })
      const value = await eventuallyRead(client, 'k')
      if (value !== undefined && !value.equals(after)) {
        // A compare that failed leaves what was there, as with a small value.
        expect(mode === 'cas' && value.equals(before)).toBe(true)
      }
    }
  })

  it('looks like a miss, and is told as one, where outages are misses', async () => {
    await using quiet = new MemcachedClient({ servers: `127.0.0.1:${proxy.port}`, ...SMALL })
    await quiet.set('k', randomBytes(10_000))
    await proxy.set({ kind: 'cut-after', replies: 4, by: 'rst' })

    expect(await quiet.set('k', randomBytes(10_000))).toBe(false)
    await proxy.set({ kind: 'refuse' })
    expect(await quiet.get('k')).toBeUndefined()
    expect(await quiet.add('k', randomBytes(10_000))).toBe(false)
    expect(await quiet.touch('k', 60)).toBe(false)
    expect(await quiet.setMany({ k: randomBytes(10_000) })).toEqual(['k'])
    await proxy.set({ kind: 'pass' })
    expect(await eventuallyRead(quiet, 'k')).toBeUndefined()
  })

  it('is no miss of a part while it is read: it rejects', async () => {
    const value = randomBytes(40_000)
    await client.set('k', value)
    for (let replies = 1; replies < 11; replies++) {
      await proxy.set({ kind: 'cut-after', replies, by: 'rst' })
      await expect(client.get('k')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
      await proxy.set({ kind: 'pass' })

      expect((await eventuallyRead(client, 'k'))?.equals(value)).toBe(true)
    }
  })

  it('is given up at once by who aborts it, and leaves nothing old', async () => {
    await client.set('k', 'old')
    await proxy.set({ kind: 'throttle', bytesPerSecond: 200_000 })
    const controller = new AbortController()
    const setting = client.set('k', randomBytes(1_000_000), { signal: controller.signal })
    const told = expect(setting).rejects.toThrow('enough')
    await eventually(() => proxy.counts.bytesSent > 20_000)

    controller.abort(new Error('enough'))
    await told
    await proxy.set({ kind: 'pass' })
    expect(await eventuallyRead(client, 'k')).toBeUndefined()
  })

  it('takes longer than a command may, where the network is slow', async () => {
    const value = randomBytes(6_000_000)
    await using slow = openClient({
      servers: `127.0.0.1:${proxy.port}`,
      chunked: true,
      timeoutMs: 1000,
    })
    await proxy.set({ kind: 'throttle', bytesPerSecond: 4_000_000 })
    const startedAt = performance.now()
    await slow.set('k', value)

    expect(performance.now() - startedAt).toBeGreaterThan(1000)
    expect((await slow.get('k'))?.value.equals(value)).toBe(true)
  })
})

describe('a server without room for a large value', () => {
  it('refuses it, is left without its parts, and shows nothing old', async () => {
    await using server = await startMemcached(['-m', '4', '-M', '-I', '512k'])
    await using client = openClient({ servers: `127.0.0.1:${server.port}`, ...SMALL })
    await client.set('k', 'old')

    await expect(client.set('k', randomBytes(20_000_000))).rejects.toMatchObject({
      code: 'ERR_SERVER',
    })
    expect(await client.get('k')).toBeUndefined()
    await eventually(async () => (await executedCommands(server.port)).items === 0)
    await client.set('k', randomBytes(100_000))
    expect((await client.get('k'))?.value.length).toBe(100_000)
  })

  it('refuses what is too large for its items', async () => {
    await using server = await startMemcached(['-I', '128k', '-o', 'slab_chunk_max=131072'])
    await using client = openClient({ servers: `127.0.0.1:${server.port}`, chunked: true })
    await client.set('k', 'old')

    expect(await client.setMany({ k: randomBytes(2_000_000), l: 'small' })).toEqual(['k'])
    expect([...(await client.getMany(['k', 'l'])).keys()]).toEqual(['l'])
  })
})

describe('large values on three servers', () => {
  it('are lost with their own server, and no others', async () => {
    const servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
    try {
      await using client = new MemcachedClient({ ...addresses(servers), ...SMALL })
      const values = new Map(Array.from({ length: 30 }, (_, i) => [`k${i}`, randomBytes(15_000)]))
      expect(await client.setMany(values)).toEqual([])
      const dead = client.servers[1]
      await servers[1]?.kill()

      const items = await client.getMany(values.keys())
      expect(items.size).toBeGreaterThan(0)
      for (const [key, value] of values) {
        const isLost = client.serverOf(key) === dead
        expect(items.get(key)?.value.equals(value)).toBe(isLost ? undefined : true)
        expect((await client.get(key))?.value.equals(value)).toBe(isLost ? undefined : true)
      }
    } finally {
      await Promise.all(servers.map((server) => server.kill()))
    }
  })

  it('live with their `routeKey`, all of them', async () => {
    const servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
    try {
      await using client = openClient({ ...addresses(servers), ...SMALL })
      const value = randomBytes(15_000)
      const routeKey = 'elsewhere'
      await client.set('k', value, { routeKey })

      expect((await client.get('k', { routeKey }))?.value).toEqual(value)
      const on = new Set<string>()
      for await (const { server } of client.keys()) on.add(server)
      expect([...on]).toEqual([client.serverOf(routeKey)])
    } finally {
      await Promise.all(servers.map((server) => server.kill()))
    }
  })
})

describe('many who write, read and lose a large value at once', () => {
  it('see a whole one, as one write stored it, or a miss', async () => {
    const seed = 20_260_802
    const random = seededRandom(seed)
    // Little room: what is written pushes parts of the others out.
    await using server = await startMemcached(['-m', '8', '-I', '512k'])
    const clients = Array.from({ length: 4 }, () =>
      openClient({
        servers: `127.0.0.1:${server.port}`,
        chunked: true,
        maxValueBytes: 65_536,
        timeoutMs: 5000,
      }),
    )
    const keys = ['a', 'b', 'c']
    const seen = { hits: 0, misses: 0, wrong: 0 }
    let running = 4
    const work = async (client: MemcachedClient, turns: number): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) {
        const key = keys[Math.floor(random() * keys.length)] ?? 'a'
        const act = random()
        if (act < 0.35)
          await client
            .set(key, stamped(key, 50_000 + Math.floor(random() * 1_500_000)))
            .catch(unlessFull)
        else if (act < 0.4) await client.delete(key)
        else if (act < 0.45) await client.add(key, stamped(key, 300_000)).catch(unlessFull)
        else if (act < 0.5) await client.touch(key, 60)
        else if (act < 0.6) note(key, (await client.getMany(keys)).get(key)?.value)
        else if (act < 0.65) {
          const item = await client.gets(key)
          note(key, item?.value)
          if (item === undefined) continue
          await client.cas(key, stamped(key, 400_000), item.cas).catch(unlessFull)
        } else note(key, (await client.get(key))?.value)
      }
      running--
    }
    const note = (key: string, value: Buffer | undefined): void => {
      if (value === undefined) seen.misses++
      else if (isStamped(key, value)) seen.hits++
      else seen.wrong++
    }
    const evict = async (client: MemcachedClient): Promise<void> => {
      while (running > 0) {
        for await (const listed of client.keys({ limit: 20 })) {
          if (listed.hashed && random() < 0.05) await client.deleteListed(listed)
        }
        await client.version()
      }
    }
    try {
      const [first] = clients
      await Promise.all([
        ...clients.map((client) => work(client, 60)),
        ...(first ? [evict(first)] : []),
      ])
    } finally {
      await Promise.all(clients.map((client) => client.close()))
    }

    expect(seen.wrong, `seed ${seed}`).toBe(0)
    expect(seen.hits).toBeGreaterThan(10)
    expect(seen.misses).toBeGreaterThan(0)
  })
})

function addresses(servers: readonly MemcachedServer[]): MemcachedOptions {
  return { servers: servers.map(({ port }) => `127.0.0.1:${port}`) }
}

/** Once the server can be read again. */
async function eventuallyRead(client: MemcachedClient, key: string): Promise<Buffer | undefined> {
  return (await eventuallyGets(client, key))?.value
}

async function eventuallyGets(
  client: MemcachedClient,
  key: string,
): ReturnType<MemcachedClient['gets']> {
  let result: Awaited<ReturnType<MemcachedClient['gets']>>
  await eventually(async () => {
    try {
      await client.metaGet('unrelated')
      result = await client.gets(key)
      return true
    } catch {
      return false
    }
  })
  return result
}

/** Bytes that say themselves whose they are and that they are whole. */
function stamped(key: string, size: number): Buffer {
  const bytes = Buffer.alloc(size, randomBytes(64))
  createHash('sha256').update(key).update(bytes.subarray(32)).digest().copy(bytes)
  return bytes
}

function isStamped(key: string, bytes: Buffer): boolean {
  const digest = createHash('sha256').update(key).update(bytes.subarray(32)).digest()
  return bytes.subarray(0, 32).equals(digest)
}

/** What so little room may come to: the server has no item to push out. Anything else is a defect. */
function unlessFull(error: unknown): void {
  if (error instanceof Error && error.message.includes('out of memory storing object')) return
  throw error
}
