import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MemcachedClient } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { openClient } from '../../support/client.ts'
import { eventually } from '../../support/eventually.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { executedCommands } from '../../support/raw.ts'

// The largest that 1.6.18 takes with a key of three bytes and no flags: its own header counts too.
const LARGEST = 1_048_514

let server: MemcachedServer
let client: MemcachedClient

beforeAll(async () => {
  server = await startMemcached()
  client = openClient(`127.0.0.1:${server.port}`)
})

afterAll(async () => {
  await client.close()
  await server.kill()
})

beforeEach(async () => {
  await client.flushAll()
})

describe('append and prepend', () => {
  it('add bytes and keep flags and lifetime', async () => {
    await client.set('k', Buffer.from([0, 13, 10]), { flags: 9, ttl: 60 })

    expect(await client.append('k', Buffer.from([13, 10, 255]))).toBe(true)
    expect(await client.prepend('k', 'é')).toBe(true)

    const all = { value: true, flags: true, ttl: true }
    expect(await client.metaGet('k', all)).toMatchObject({
      value: Buffer.from([0xc3, 0xa9, 0, 13, 10, 13, 10, 255]),
      flags: 9,
      ttl: 60,
    })
  })

  it('store nothing where nothing is', async () => {
    expect(await client.append('k', 'v')).toBe(false)
    expect(await client.prepend('k', 'v')).toBe(false)
    expect(await client.get('k')).toBeUndefined()
  })

  it('make the item where they are told to', async () => {
    expect(await client.append('k', 'b', { createTtl: 60, flags: 5 })).toBe(true)
    expect(await client.prepend('k', 'a', { createTtl: 1000 })).toBe(true)

    const all = { value: true, flags: true, ttl: true }
    expect(await client.metaGet('k', all)).toMatchObject({
      value: Buffer.from('ab'),
      flags: 5,
      ttl: 60,
    })
  })

  it('lose nothing where many make the item at once', async () => {
    const words = Array.from({ length: 50 }, (_, i) => `${i},`)

    const added = await Promise.all(
      words.map((word) => client.append('k', word, { createTtl: 60 })),
    )

    expect(added.every((one) => one)).toBe(true)
    const stored = (await client.get('k'))?.value.toString().split(',') ?? []
    expect(stored.filter((word) => word !== '').sort()).toEqual(
      words.map((w) => w.slice(0, -1)).sort(),
    )
  })

  it('work on keys in base64 and hashed form', async () => {
    for (const key of ['a b', 'ключ', 'x'.repeat(251)]) {
      await client.set(key, '1')
      expect(await client.append(key, '2')).toBe(true)
      expect((await client.get(key))?.value.toString()).toBe('12')
    }
  })

  it('keep the old value where the whole would be too large', async () => {
    await client.set('k', Buffer.alloc(600_000, 'x'))

    expect(await client.append('k', Buffer.alloc(600_000, 'y'))).toBe(false)
    expect(await client.append('k', Buffer.alloc(600_000, 'y'), { createTtl: 60 })).toBe(false)
    expect((await client.get('k'))?.value.length).toBe(600_000)
  })

  it('keep the old value where the part is refused by the client', async () => {
    await using small = openClient({
      servers: `127.0.0.1:${server.port}`,
      maxValueBytes: 10,
    })
    await small.set('k', 'old')

    for (const call of [
      () => small.append('k', 'x'.repeat(11)),
      () => small.prepend('k', 'x'.repeat(11)),
      () => small.add('k', 'x'.repeat(11)),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'ERR_VALUE_TOO_LARGE', applied: 'no' })
    }
    expect((await client.get('k'))?.value.toString()).toBe('old')

    await expect(small.replace('k', 'x'.repeat(11))).rejects.toMatchObject({
      code: 'ERR_VALUE_TOO_LARGE',
    })
    expect(await client.get('k')).toBeUndefined()
  })

  it('refuse what contradicts itself, before the old value is given up', async () => {
    await client.set('k', 'old')

    await expect(client.append('k', 'v', { flags: 1 })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
    const tooLarge = Buffer.alloc(2_000_000)
    await expect(client.set('k', tooLarge, { flags: -1 })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
    expect((await client.get('k'))?.value.toString()).toBe('old')
  })

  it.each([undefined, null, 7, {}])('refuse %s as a value', async (value) => {
    const call = client.append('k', value as unknown as string)

    await expect(call).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })
  })

  it('tell that nobody knows what became of them, and do not repeat them', async () => {
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using remote = openClient(`127.0.0.1:${proxy.port}`)
    await remote.set('k', 'a')
    const { sets } = await executedCommands(server.port)
    await proxy.set({ kind: 'half-reply', by: 'rst', times: 1 })

    await expect(remote.append('k', 'b')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      applied: 'unknown',
    })
    // Whatever is owed to the server would go out ahead of this.
    await eventually(() => remote.get('k').then(Boolean, () => false))
    expect((await client.get('k'))?.value.toString()).toBe('ab')
    expect((await executedCommands(server.port)).sets).toBe(sets + 1)
  })
})

describe('values at the limit of the server', () => {
  it('takes the largest, and says of one byte more that it is too large', async () => {
    expect(await client.set('key', Buffer.alloc(LARGEST, 'x'))).toBe(true)
    expect((await client.get('key'))?.value.length).toBe(LARGEST)

    await expect(client.set('key', Buffer.alloc(LARGEST + 1))).rejects.toMatchObject({
      code: 'ERR_VALUE_TOO_LARGE',
      applied: 'no',
    })
    expect(await client.get('key')).toBeUndefined()
  })
})

describe('counters of other clients', () => {
  it('come back as they are stored, padded with blanks', async () => {
    await client.set('n', '100')
    expect(await client.decr('n', 91)).toBe(9n)

    expect((await client.get('n'))?.value.toString()).toBe('9  ')
    expect(await client.incr('n', 1)).toBe(10n)
  })
})

describe('gat', () => {
  it('reads, and gives a new lifetime', async () => {
    await client.set('k', 'v', { flags: 3, ttl: 10 })

    expect(await client.gat('k', 2_592_001)).toEqual({ value: Buffer.from('v'), flags: 3 })

    const hit = await client.metaGet('k', { ttl: true })
    expect(hit.kind === 'hit' && hit.ttl).toBeGreaterThan(2_591_990)
    expect(await client.gat('k', 0.2)).toMatchObject({ flags: 3 })
    expect(await client.metaGet('k', { ttl: true })).toMatchObject({ ttl: 1 })
    expect(await client.gat('missing', 10)).toBeUndefined()
    await expect(client.gat('k', undefined as unknown as number)).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
  })
})
