import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemcachedBackend } from '../../../src/backends/memcached.ts'
import { Cache } from '../../../src/cache/cache.ts'
import { MemcachedClient } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

const LARGE = 'large '.repeat(5000)
const OTHER = 'other '.repeat(4000)
const entry = (value: NonNullable<unknown>, staleFor = 60) => {
  return { value, createdAtMs: Date.now(), ttl: 60, staleFor }
}
const noReport = (error: unknown) => {
  throw error
}

describe('values above the limit of an item', () => {
  let server: MemcachedServer
  beforeAll(async () => {
    server = await startMemcached()
  })
  afterAll(() => server.kill())
  const open = (chunked = true) => {
    // Repeated text would fit into an item if it were compressed.
    const servers = `127.0.0.1:${server.port}`
    return new MemcachedBackend({ servers, chunked, maxValueBytes: 4096 }, { compress: false })
  }

  it('come back whole, however they were stored and are read', async () => {
    await using backend = open()
    expect(await backend.set('set', entry(LARGE))).toBe(true)
    expect(await backend.set('raw', entry(Buffer.from(LARGE), 0))).toBe(true)
    expect(await backend.add('add', entry({ text: LARGE }))).toBe(true)
    expect(await backend.add('add', entry('again'))).toBe(false)
    expect(await backend.setMany(new Map([['many', entry([LARGE])]]), noReport)).toEqual([])

    expect((await backend.get('set'))?.value).toBe(LARGE)
    expect((await backend.get('raw'))?.value).toStrictEqual(Buffer.from(LARGE))
    const many = await backend.getMany(['set', 'add', 'many', 'none'], noReport)
    expect(many.get('add')?.value).toEqual({ text: LARGE })
    expect(many.get('many')?.value).toEqual([LARGE])
    expect(many.size).toBe(3)
    expect(await backend.delete('set')).toBe(true)
    expect(await backend.get('set')).toBeUndefined()
  })

  it('are computed once and filled in over their lease', async () => {
    await using backend = open()
    await using cache = new Cache(backend, { keyPrefix: 'large', sharesBackend: true })

    expect(await cache.getOrSet('k', () => LARGE)).toBe(LARGE)
    expect(await cache.getOrSet('k', () => 'not computed')).toBe(LARGE)
    await cache.invalidate('k')
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.get('k', { allowStale: true })).toBe(LARGE)
    expect(await cache.getOrSet('k', () => OTHER)).toBe(OTHER)
    expect(await cache.get('k')).toBe(OTHER)
  })

  it('are not stored over what was deleted or set meanwhile', async () => {
    await using backend = open()
    const { token } = await backend.lease('lost', 10)
    await backend.set('lost', entry('newer'))
    expect(token && (await backend.fill(token, entry(LARGE)))).toBe(false)
    expect((await backend.get('lost'))?.value).toBe('newer')

    await backend.set('anew', entry(LARGE))
    const { found } = await backend.lease('anew', 10)
    const read = found && (await backend.leaseAgain('anew', found, 10))
    if (read === undefined || read === 'changed' || read.token === undefined)
      throw new Error('lost')
    await backend.delete('anew')
    expect(await backend.fill(read.token, entry(OTHER))).toBe(false)
    expect(await backend.get('anew')).toBeUndefined()
  })

  it('are known again by their mark, which moves nothing', async () => {
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using backend = new MemcachedBackend(
      { servers: `127.0.0.1:${proxy.port}`, chunked: true, maxValueBytes: 4096 },
      { compress: false },
    )
    await backend.set('mark', entry(LARGE))
    const { found } = await backend.lease('mark', 10)
    proxy.resetCounts()

    expect(await backend.isCurrent('mark', found?.mark)).toBe(true)
    expect(proxy.counts.bytesReceived).toBeLessThan(60)
    await backend.set('mark', entry(LARGE))
    expect(await backend.isCurrent('mark', found?.mark)).toBe(false)
  })

  it('can be touched and expired, and are no numbers', async () => {
    await using backend = open()
    await backend.set('touch', entry(LARGE))

    expect(await backend.touch('touch', 30)).toBe(true)
    expect((await backend.get('touch'))?.state).toBe('fresh')
    await expect(backend.incr('touch', 1n)).rejects.toMatchObject({ code: 'ERR_NOT_A_NUMBER' })
    expect(await backend.touch('touch', 0)).toBe(true)
    const found = await backend.get('touch')
    expect([found?.state, found?.value === LARGE]).toEqual(['stale', true])
  })

  it('are a miss where a part is lost, and are computed anew', async () => {
    await using backend = open()
    await backend.set('lossy', entry(LARGE))
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    for await (const listed of client.keys({ startsWith: 'lossy' })) {
      if (listed.key !== 'lossy') await client.deleteListed(listed)
    }

    expect(await backend.get('lossy')).toBeUndefined()
    const { found, token } = await backend.lease('lossy', 10)
    expect(found).toBeUndefined()
    expect(token && (await backend.fill(token, entry(OTHER)))).toBe(true)
    expect((await backend.get('lossy'))?.value).toBe(OTHER)
  })

  it('are a miss to who does not split values, and are taken over', async () => {
    await using backend = open()
    await using plain = open(false)
    await backend.set('mixed', entry(LARGE))

    expect(await plain.get('mixed')).toBeUndefined()
    const { found, token } = await plain.lease('mixed', 10)
    expect([found, token !== undefined]).toEqual([undefined, true])
    expect(await plain.set('declined', entry(LARGE))).toBe(false)
  })

  it('go through a shared client that splits them, if that is said', async () => {
    await using client = new MemcachedClient({
      servers: `127.0.0.1:${server.port}`,
      chunked: true,
      maxValueBytes: 4096,
    })
    const backend = new MemcachedBackend(client, { chunked: true, compress: false })

    expect(await backend.set('shared', entry(LARGE))).toBe(true)
    expect((await backend.get('shared'))?.value).toBe(LARGE)
    expect(await ask(server.port, 'mg shared s\r\n')).toBe('HD s44\r\n')
  })
})
