import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { formatManifest, MANIFEST_FLAGS } from '../../../src/client/chunks/manifest.ts'
import type { ListedKey, MemcachedClient } from '../../../src/client/index.ts'
import { openClient } from '../../support/client.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask, executedCommands } from '../../support/raw.ts'

const CHUNK = 3776 // 4096 less what the server adds
const VALUE = randomBytes(10_000) // three chunks
const OTHER = randomBytes(12_000) // four

let server: MemcachedServer
let client: MemcachedClient
let plain: MemcachedClient

beforeAll(async () => {
  server = await startMemcached(['-m', '256'])
  client = opened({})
  plain = openClient({ servers: `127.0.0.1:${server.port}` })
})

afterAll(async () => {
  await client.close()
  await plain.close()
  await server.kill()
})

beforeEach(async () => {
  await plain.flushAll()
})

describe('a value that is larger than an item', () => {
  it('comes back from every reading as it was stored', async () => {
    expect(await client.set('k', VALUE, { flags: 7, ttl: 60 })).toBe(true)

    const item = { value: VALUE, flags: 7 }
    expect(await client.get('k')).toEqual(item)
    expect(await client.get('k', { timeoutMs: 5000 })).toEqual(item)
    expect(await client.gets('k')).toEqual({ ...item, cas: expect.any(Object) })
    expect(await client.gat('k', 60)).toEqual(item)
    expect(await client.getMany(['x', 'k', 'k'])).toEqual(new Map([['k', item]]))
    expect(await client.getMany(['x', 'k'], { timeoutMs: 5000 })).toEqual(new Map([['k', item]]))
  })

  it.each(['k', 'with blanks', 'ä', 'x'.repeat(300), 'reprise#x'])(
    'is stored under the key %s, and its parts are listed with it',
    async (key) => {
      await client.set(key, VALUE)

      expect((await client.get(key))?.value).toEqual(VALUE)
      expect(await chunkKeys()).toHaveLength(3)
    },
  )

  it('shows the start of its key, and which part it is', async () => {
    await client.set('photos:17', VALUE)

    const keys = (await chunkKeys('photos:'))
      .map(({ key }) => key.replace(/#[\w-]{43}$/, ''))
      .sort()
    expect(keys).toEqual(['reprise#photos:17#0', 'reprise#photos:17#1', 'reprise#photos:17#2'])
  })

  it('is text as well as bytes', async () => {
    const text = 'ä€😀'.repeat(2000)
    await client.set('k', text)

    expect((await client.get('k'))?.value.toString()).toBe(text)
  })

  it('is a copy of what the caller gave', async () => {
    const bytes = Buffer.from(VALUE)
    const stored = client.set('k', bytes)
    bytes.fill(0)
    await stored

    expect((await client.get('k'))?.value).toEqual(VALUE)
  })

  it('is a small item for a client that does not split', async () => {
    await client.set('k', VALUE, { flags: 7 })

    const item = await plain.get('k')
    expect(item?.flags).toBe(3_299_278_848)
    expect(item?.value.length).toBe(44)
  })

  it('leaves what is not larger as every client stores it', async () => {
    await client.set('k', VALUE.subarray(0, CHUNK), { flags: 7 })

    expect(await plain.get('k')).toEqual({ value: VALUE.subarray(0, CHUNK), flags: 7 })
    expect(await chunkKeys()).toEqual([])
  })

  it('fits where the limit of the server counts header and key', async () => {
    await using real = openClient({
      servers: `127.0.0.1:${server.port}`,
      chunked: true,
    })
    for (const size of [1_048_255, 1_048_256, 1_048_257, 1_048_514, 1_048_576, 1_048_577]) {
      const value = randomBytes(size)
      for (const key of ['k', 'x'.repeat(250), 'x'.repeat(300)]) {
        expect(await real.set(key, value, { flags: 0xffff_ffff })).toBe(true)
        expect((await real.get(key))?.value.equals(value)).toBe(true)
      }
    }
  })
})

describe('storing a large value', () => {
  it('frees the parts of the value that it overwrites', async () => {
    await client.set('k', VALUE)
    await client.set('k', OTHER)

    expect((await client.get('k'))?.value).toEqual(OTHER)
    expect(await chunkKeys()).toHaveLength(4)
  })

  it('overwrites a small value, and is overwritten by one', async () => {
    await client.set('k', 'small')
    await client.set('k', VALUE)
    expect((await client.get('k'))?.value).toEqual(VALUE)

    await client.set('k', 'small')
    expect((await client.get('k'))?.value.toString()).toBe('small')
  })

  it('adds only where nothing is, and sends nothing else', async () => {
    expect(await client.add('k', VALUE)).toBe(true)
    const before = await executedCommands(server.port)

    expect(await client.add('k', OTHER)).toBe(false)
    const after = await executedCommands(server.port)
    expect(after.sets - before.sets).toBe(1)
    expect((await client.get('k'))?.value).toEqual(VALUE)
  })

  it('replaces only where something is, and sends nothing else', async () => {
    const before = await executedCommands(server.port)
    expect(await client.replace('k', VALUE)).toBe(false)
    const after = await executedCommands(server.port)
    expect(after.sets - before.sets).toBe(0)

    await client.set('k', VALUE)
    expect(await client.replace('k', OTHER)).toBe(true)
    expect((await client.get('k'))?.value).toEqual(OTHER)
    expect(await chunkKeys()).toHaveLength(4)
  })

  it('compares and swaps by the version of the whole', async () => {
    await client.set('k', VALUE)
    const { cas } = await found(client.gets('k'))

    expect(await client.cas('k', OTHER, cas)).toBe('stored')
    expect(await client.cas('k', VALUE, cas)).toBe('exists')
    expect((await client.get('k'))?.value).toEqual(OTHER)
    expect(await chunkKeys()).toHaveLength(4)

    await client.delete('k')
    expect(await client.cas('k', VALUE, cas)).toBe('missing')
  })

  it('tells by the version what has changed while the parts were on their way', async () => {
    await client.set('k', 'old')
    const { cas } = await found(client.gets('k'))
    const swapping = client.cas('k', VALUE, cas)
    const setting = client.set('k', 'new')

    expect(await swapping).toBe('exists')
    await setting
    expect((await client.get('k'))?.value.toString()).toBe('new')
    expect(await chunkKeys()).toEqual([])
  })

  it('gives its parts a longer life than the whole, and none for ever', async () => {
    await client.set('k', VALUE, { ttl: 100 })

    const manifest = (await listed('k')).find(({ key }) => key === 'k')
    for (const { expiresAt } of await chunkKeys()) {
      expect(expiresAt - (manifest?.expiresAt ?? 0)).toBeGreaterThanOrEqual(29)
      expect(expiresAt - (manifest?.expiresAt ?? 0)).toBeLessThan(40)
    }
  })

  it('lets it live for ever where that was asked for', async () => {
    await client.set('k', VALUE, { ttl: Infinity })

    for (const { expiresAt } of await chunkKeys()) expect(expiresAt).toBe(Infinity)
  })

  it.each([0, -1])('stores nothing for a ttl of %d, and deletes what was there', async (ttl) => {
    await client.set('k', 'old')

    expect(await client.set('k', VALUE, { ttl })).toBe(true)
    expect(await client.get('k')).toBeUndefined()
    expect(await chunkKeys()).toEqual([])
  })

  it('refuses a value over `maxChunkedBytes`, and deletes what was there', async () => {
    await using small = opened({ maxChunkedBytes: 9_999 })
    for (const store of ['set', 'replace', 'add'] as const) {
      await client.set('k', 'old')
      await expect(small[store]('k', VALUE)).rejects.toMatchObject({ code: 'ERR_VALUE_TOO_LARGE' })
      expect(await small.get('k')).toEqual(
        store === 'add' ? { value: Buffer.from('old'), flags: 0 } : undefined,
      )
    }
    expect(await chunkKeys()).toEqual([])
  })

  it('refuses what is unfit before anything is sent', async () => {
    await client.set('k', 'old')
    for (const options of [
      { flags: -1 },
      { flags: MANIFEST_FLAGS },
      { ttl: Number.NaN },
      { timeoutMs: 0 },
    ]) {
      await expect(client.set('k', VALUE, options)).rejects.toMatchObject({
        code: 'ERR_OPTION_INVALID',
      })
    }
    const list = Array.from({ length: 5000 }, () => 1) as unknown as Uint8Array
    await expect(client.set('k', list)).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
    await expect(client.set('', VALUE)).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    const aborted = AbortSignal.abort(new Error('no'))
    await expect(client.set('k', VALUE, { signal: aborted })).rejects.toThrow('no')

    expect((await client.get('k'))?.value.toString()).toBe('old')
    for (const call of [
      () => client.set('k', 'v', { flags: MANIFEST_FLAGS }),
      () => client.append('k', 'v', { createTtl: 1, flags: MANIFEST_FLAGS }),
      () => client.setMany({ k: 'v' }, { flags: MANIFEST_FLAGS }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    }
    expect(await plain.set('k', 'v', { flags: MANIFEST_FLAGS })).toBe(true)
  })
})

describe('what comes after a large write has begun', () => {
  it('deletes it, in the order of the calls', async () => {
    for (const before of [undefined, 'small', VALUE]) {
      if (before !== undefined) await client.set('k', before)
      const setting = client.set('k', OTHER)
      const deleting = client.delete('k')

      expect(await setting).toBe(true)
      expect(await deleting).toBe(true)
      expect(await client.get('k')).toBeUndefined()
      expect(await plain.get('k')).toBeUndefined()
    }
  })

  it('overwrites it, in the order of the calls', async () => {
    for (const before of [undefined, VALUE]) {
      if (before !== undefined) await client.set('k', before)
      await Promise.all([client.set('k', OTHER), client.set('k', 'newest')])

      expect((await client.get('k'))?.value.toString()).toBe('newest')
      await client.delete('k')
    }
  })

  it('never leaves what was only changed meanwhile', async () => {
    for (const change of [
      () => plain.append('k', '!'),
      // Where the large value is there by then, it is no number.
      () => plain.incr('k').catch(() => undefined),
      () => plain.markStale('k'),
      () => plain.set('k', '2'),
    ]) {
      await client.set('k', '1')
      const setting = client.set('k', VALUE)
      await plain.version()
      const changing = change()
      await Promise.all([setting, changing])

      const now = (await client.get('k'))?.value
      if (now !== undefined) expect([VALUE.toString(), '2']).toContain(now.toString())
    }
  })

  it('keeps one of two values that were set at once where nothing was', async () => {
    await using second = opened({})
    await Promise.all([client.set('k', VALUE), second.set('k', OTHER)])

    const { value } = await found(client.get('k'))
    expect(value.equals(VALUE) || value.equals(OTHER)).toBe(true)
    expect(await chunkKeys()).toHaveLength(value.equals(VALUE) ? 3 : 4)
  })

  it('flushes it', async () => {
    await client.set('k', 'old')
    const setting = client.set('k', VALUE)
    await client.flushAll()
    await setting

    expect(await client.get('k')).toBeUndefined()
  })
})

describe('a value that is not whole', () => {
  beforeEach(async () => {
    await client.set('k', VALUE)
  })

  it.each(['get', 'gets', 'gat', 'getMany'] as const)(
    'is a miss for `%s`, after which `add` finds nothing',
    async (reading) => {
      await dropChunk()

      const got =
        reading === 'gat'
          ? await client.gat('k', 60)
          : reading === 'getMany'
            ? (await client.getMany(['k'])).get('k')
            : await client[reading]('k')
      expect(got).toBeUndefined()
      expect(await plain.get('k')).toBeUndefined()
      expect(await client.add('k', 'new')).toBe(true)
    },
  )

  it('is not touched', async () => {
    await dropChunk()

    expect(await client.touch('k', 60)).toBe(false)
    expect(await client.touchMany(['k', 'x'], 60)).toBe(0)
    expect(await plain.get('k')).toBeUndefined()
  })

  it('is a miss where a part is shorter, longer or another', async () => {
    for (const bytes of ['short', 'x'.repeat(CHUNK + 1), 'x'.repeat(CHUNK)]) {
      await client.set('k', VALUE)
      const key = (await chunkKeys()).find((listed) => listed.key.includes('#0#'))?.key
      expect(await ask(server.port, `ms ${key} ${bytes.length}\r\n${bytes}\r\n`)).toBe('HD\r\n')

      expect(await client.get('k')).toBeUndefined()
    }
  })

  it('is a miss after another client has added to it', async () => {
    await plain.append('k', 'x')
    expect(await client.get('k')).toBeUndefined()

    await client.set('k', VALUE)
    await plain.prepend('k', 'x')
    expect(await client.get('k')).toBeUndefined()
  })

  it('costs a reader nothing but its own limit', async () => {
    await using small = opened({ maxChunkedBytes: 9_999 })

    expect(await small.get('k')).toBeUndefined()
    // It is another client's.
    expect((await client.get('k'))?.value).toEqual(VALUE)
  })

  it('is a miss where its manifest is made up, and stays', async () => {
    const forged = { nonce: randomBytes(16), chunkBytes: CHUNK, flags: 0, checksum: 0 }
    for (const size of [0, 0xffff_ffff]) {
      await plain.set('k', formatManifest({ ...forged, size }), { flags: MANIFEST_FLAGS })
      expect(await client.get('k')).toBeUndefined()
      expect(await plain.get('k')).toBeDefined()
    }
    await plain.set('k', 'not a manifest', { flags: MANIFEST_FLAGS })
    expect(await client.get('k')).toBeUndefined()
    expect((await plain.get('k'))?.value.toString()).toBe('not a manifest')
  })

  it('is not read by the manifest of another key', async () => {
    const manifest = await found(plain.get('k'))
    await plain.set('other', manifest.value, { flags: manifest.flags })

    expect(await client.get('other')).toBeUndefined()
    expect((await client.get('k'))?.value).toEqual(VALUE)
  })
})

describe('what else is done to a large value', () => {
  beforeEach(async () => {
    await client.set('k', VALUE, { ttl: 60 })
  })

  it('touches all of it', async () => {
    expect(await client.touch('k', 1000)).toBe(true)
    for (const { expiresAt } of await listed('')) expect(leftOf(expiresAt)).toBeGreaterThan(990)

    expect((await client.gat('k', 2000))?.value).toEqual(VALUE)
    for (const { expiresAt } of await listed('')) expect(leftOf(expiresAt)).toBeGreaterThan(1990)

    expect(await client.touchMany(['k', 'x'], 3000)).toBe(1)
    for (const { expiresAt } of await listed('')) expect(leftOf(expiresAt)).toBeGreaterThan(2990)
    expect((await client.get('k'))?.value).toEqual(VALUE)
  })

  it('deletes it by one command; its parts go with their ttl', async () => {
    expect(await client.delete('k')).toBe(true)

    expect(await client.get('k')).toBeUndefined()
    expect(await chunkKeys()).toHaveLength(3)
  })

  it('does not count it', async () => {
    await expect(client.incr('k')).rejects.toMatchObject({ code: 'ERR_NOT_A_NUMBER' })

    expect((await client.get('k'))?.value).toEqual(VALUE)
  })

  it('does not add to it: the whole would be too large', async () => {
    expect(await client.append('k', 'x')).toBe(false)
    expect(await client.get('k')).toBeUndefined()

    await client.set('k', VALUE)
    expect(await client.prepend('k', 'x', { createTtl: 60 })).toBe(false)
    expect(await client.get('k')).toBeUndefined()

    await client.set('k', 'a')
    expect(await client.append('k', 'b')).toBe(true)
    expect(await client.append('k', 'c', { createTtl: 60 })).toBe(true)
    expect((await client.get('k'))?.value.toString()).toBe('abc')
  })

  it('leases it', async () => {
    await client.flushAll()
    const won = await client.getOrLease('k')
    if (won.state !== 'won') throw new Error(`The lease is ${won.state}.`)
    expect(await won.lease.fill(VALUE, { flags: 7 })).toBe(true)
    expect(await client.getOrLease('k')).toMatchObject({ state: 'hit', value: VALUE, flags: 7 })

    await client.markStale('k')
    const again = await client.getOrLease('k')
    if (again.state !== 'won') throw new Error(`The lease is ${again.state}.`)
    expect(again.stale).toEqual({ value: VALUE, flags: 7 })
    expect(await client.getOrLease('k')).toMatchObject({ state: 'hit', stale: true, value: VALUE })
    expect(await again.lease.fill(OTHER)).toBe(true)
    expect((await client.get('k'))?.value).toEqual(OTHER)
    expect(await chunkKeys()).toHaveLength(4)

    await dropChunk()
    expect(await client.getOrLease('k')).toMatchObject({ state: 'won', stale: undefined })
  })

  it('does not fill a lease that has ended', async () => {
    await client.delete('k')
    const won = await client.getOrLease('k')
    if (won.state !== 'won') throw new Error(`The lease is ${won.state}.`)
    const filling = won.lease.fill(VALUE)
    const deleting = client.delete('k')

    expect([await filling, await deleting]).toEqual([false, true])
    expect(await client.get('k')).toBeUndefined()
  })
})

describe('many values', () => {
  it('are stored and read, small and large', async () => {
    const values = new Map<string, Buffer>([
      ['a', Buffer.from('small')],
      ['b', VALUE],
      ['c', Buffer.alloc(0)],
      ['d', OTHER],
      ['e', randomBytes(200_000)],
    ])
    expect(await client.setMany(values, { flags: 3 })).toEqual([])

    const items = await client.getMany(['e', 'x', ...values.keys()])
    expect([...items.keys()]).toEqual(['e', 'a', 'b', 'c', 'd'])
    for (const [key, value] of values) expect(items.get(key)).toEqual({ value, flags: 3 })
  })

  it('are told by their keys where they are too large', async () => {
    await using small = opened({ maxChunkedBytes: 10_000 })
    await client.set('c', 'old')

    expect(await small.setMany({ a: 'x', b: VALUE, c: OTHER, d: 'y' })).toEqual(['c'])
    expect([...(await small.getMany(['a', 'b', 'c', 'd'])).keys()]).toEqual(['a', 'b', 'd'])
  })

  it('keep within what may be pending', async () => {
    await using narrow = opened({ maxPending: 4, maxPendingBytes: 5_000 })
    const large = randomBytes(3_000_000)
    const values = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, VALUE]))

    expect(await narrow.set('large', large)).toBe(true)
    expect((await narrow.get('large'))?.value.equals(large)).toBe(true)
    expect(await narrow.setMany(values)).toEqual([])
    expect((await narrow.getMany(Object.keys(values))).size).toBe(20)
    expect(await narrow.touchMany(Object.keys(values), 60)).toBe(20)
  })

  it('are refused beyond what may be held, and leave nothing old', async () => {
    await using narrow = opened({ maxPendingBytes: 100_000 })
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`)
    await client.setMany(keys.map((key) => [key, 'old'] as const))
    const results = await Promise.allSettled(
      keys.map((key) => narrow.set(key, randomBytes(30_000))),
    )

    const stored = results.filter(({ status }) => status === 'fulfilled').length
    expect(stored).toBeGreaterThan(0)
    expect(stored).toBeLessThan(10)
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason.code).toBe('ERR_OVERLOADED')
    }
    const items = await narrow.getMany(keys)
    expect(items.size).toBe(stored)
    for (const { value } of items.values()) expect(value.length).toBe(30_000)
  })
})

function opened(options: object): MemcachedClient {
  return openClient({
    servers: `127.0.0.1:${server.port}`,
    chunked: true,
    maxValueBytes: 4096,
    timeoutMs: 5000,
    ...options,
  })
}

async function listed(startsWith: string): Promise<ListedKey[]> {
  const keys: ListedKey[] = []
  for await (const key of plain.keys({ startsWith })) keys.push(key)
  return keys
}

async function chunkKeys(startsWith = ''): Promise<ListedKey[]> {
  return (await listed(startsWith)).filter(({ key }) => /^reprise#.*#\d+#[\w-]{43}$/s.test(key))
}

async function dropChunk(): Promise<void> {
  const [chunk] = await chunkKeys()
  expect(await ask(server.port, `md ${chunk?.key}\r\n`)).toBe('HD\r\n')
}

async function found<T>(reading: Promise<T | undefined>): Promise<T> {
  const item = await reading
  if (item === undefined) throw new Error('It is a miss.')
  return item
}

function leftOf(expiresAt: number): number {
  return expiresAt - Math.floor(Date.now() / 1000)
}
