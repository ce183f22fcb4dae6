import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CasToken, MemcachedClient } from '../../src/client/index.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { ask } from '../support/raw.ts'

let server: MemcachedServer
let proxy: FaultProxy
let client: MemcachedClient
let cas: CasToken | undefined

beforeEach(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
  client = openClient({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 150 })
  await client.set('k', 'old')
  cas = (await client.gets('k'))?.cas
})

afterEach(async () => {
  await client.close()
  await proxy.close()
  await server.kill()
})

describe('a write that failed', () => {
  it.each<[string, (client: MemcachedClient) => Promise<unknown>]>([
    ['set', (c) => c.set('k', 'new')],
    ['replace', (c) => c.replace('k', 'new')],
    ['delete', (c) => c.delete('k')],
    ['touch', (c) => c.touch('k', 1)],
    ['metaDelete that invalidates', (c) => c.metaDelete('k', { invalidate: true })],
  ])('%s: the key is deleted before this client reads the server again', async (_, write) => {
    // The server never sees the write: the old value stays there.
    await proxy.set({ kind: 'refuse' })
    await expect(write(client)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    expect(await ask(server.port, 'mg k v\r\n')).toBe('VA 3\r\nold\r\n')

    await proxy.set({ kind: 'pass' })
    proxy.resetCounts()
    const seen = await firstAnswer('k')

    expect(seen).toBeUndefined()
    expect(proxy.commands('md')).toBe(1)
    // Greeting, then deletion and read in one write.
    expect(proxy.counts.reads).toBe(2)
    expect(await client.get('k')).toBeUndefined()
    expect(proxy.commands('md')).toBe(1)
  })

  it('that timed out after the server took it: the key is deleted all the same', async () => {
    await proxy.set({ kind: 'latency', ms: 400 })
    await expect(client.set('k', 'new')).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      applied: 'unknown',
    })
    expect(await ask(server.port, 'mg k v\r\n')).toBe('VA 3\r\nnew\r\n')

    await proxy.set({ kind: 'pass' })

    expect(await firstAnswer('k')).toBeUndefined()
  })

  it('comes before a write that was issued after it', async () => {
    await proxy.set({ kind: 'refuse' })
    await expect(client.set('k', 'first')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await proxy.set({ kind: 'pass' })

    await eventually(() => client.set('k', 'second').catch(() => false))

    expect((await client.get('k'))?.value.toString()).toBe('second')
  })

  it('that was refused behind a probe: the key is deleted after what the probe sends', async () => {
    await using patient = openClient({
      servers: `127.0.0.1:${proxy.port}`,
      timeoutMs: 5000,
      connectTimeoutMs: 5000,
    })
    await proxy.set({ kind: 'refuse' })
    await patient.get('k').catch(() => {})
    await proxy.set({ kind: 'hang' })
    // The first write that is not refused at once starts the probe.
    let first: Promise<unknown> = Promise.resolve()
    await eventually(async () => {
      first = patient.set('k', 'first').catch(() => 'refused')
      return (await Promise.race([first, new Promise(setImmediate)])) !== 'refused'
    })
    await expect(patient.set('k', 'second')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })

    await proxy.set({ kind: 'pass' })

    expect(await first).toBe(true)
    expect(await patient.get('k')).toBeUndefined()
  })

  it('is tried again where the deletion fails too', async () => {
    await proxy.set({ kind: 'refuse' })
    await client.set('k', 'new').catch(() => {})
    // The greeting has two.
    await proxy.set({ kind: 'cut-after', replies: 2, by: 'rst' })
    await eventually(async () => {
      await client.get('other').catch(() => {})
      return proxy.commands('md') > 0
    })
    await proxy.set({ kind: 'pass' })
    proxy.resetCounts()

    expect(await firstAnswer('k')).toBeUndefined()
    expect(proxy.commands('md')).toBe(1)
  })

  it.each<[string, (client: MemcachedClient) => Promise<unknown>]>([
    ['add', (c) => c.add('k', 'new')],
    ['incr', (c) => c.incr('k')],
    ['get', (c) => c.get('k')],
    ['the fill of a lease', (c) => c.metaSet('k', Buffer.from('new'), { compareCas: cas })],
  ])('%s needs no deletion: it leaves no value that was meant to be gone', async (_, call) => {
    await proxy.set({ kind: 'refuse' })
    await expect(call(client)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    await proxy.set({ kind: 'pass' })
    proxy.resetCounts()

    expect((await firstAnswer('k'))?.value.toString()).toBe('old')
    expect(proxy.commands('md')).toBe(0)
  })
})

describe('a CAS', () => {
  it('is void once its connection has ended, and is not sent', async () => {
    const item = await client.gets('k')
    if (item === undefined) throw new Error('the item is gone')
    proxy.cut('rst')
    await firstAnswer('k')
    proxy.resetCounts()

    expect(await client.cas('k', 'new', item.cas)).toBe('exists')
    expect(await client.metaDelete('k', { compareCas: item.cas })).toBe('exists')
    expect(proxy.commands('ms') + proxy.commands('md')).toBe(0)
    expect((await client.get('k'))?.value.toString()).toBe('old')
  })

  it('row 9: is void on a server that was started again and counts from 1', async () => {
    const item = await client.gets('k')
    if (item === undefined) throw new Error('the item is gone')
    await server.kill()
    await eventually(() => proxy.open === 0)
    server = await startMemcached([], { port: server.port })
    // The same number as before, for another item.
    await ask(server.port, 'ms k 7\r\nforeign\r\n')
    expect(await ask(server.port, 'mg k c\r\n')).toBe(`HD c${item.cas.value}\r\n`)

    let kind = ''
    await eventually(async () => {
      kind = await client.cas('k', 'new', item.cas).catch(() => '')
      return kind !== ''
    })

    expect(kind).toBe('exists')
    expect(await ask(server.port, 'mg k v\r\n')).toBe('VA 7\r\nforeign\r\n')
  })

  it('is judged when it would be written: it was good when it was asked for', async () => {
    const item = await client.gets('k')
    if (item === undefined) throw new Error('the item is gone')
    await proxy.set({ kind: 'latency', ms: 50 })
    proxy.resetCounts()
    proxy.cut('rst')

    // The socket does not know yet that it is gone, or the next one is being opened.
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, async (_, i) => {
        await new Promise((resolve) => setTimeout(resolve, i * 100))
        return client.cas('k', 'new', item.cas)
      }),
    )

    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe('exists')
      else expect(outcome.reason).toMatchObject({ code: 'ERR_CONNECTION' })
    }
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true)
    expect((await ask(server.port, 'mg k v\r\n')).toString()).toBe('VA 3\r\nold\r\n')
  })
})

/** The first answer after a fault: the client may still leave the server alone for a moment. */
async function firstAnswer(key: string): Promise<Awaited<ReturnType<MemcachedClient['get']>>> {
  for (;;) {
    try {
      return await client.get(key)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
