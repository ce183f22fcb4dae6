import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { MemcachedClient } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { openClient } from '../../support/client.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

let server: MemcachedServer
let proxy: FaultProxy
let client: MemcachedClient

beforeAll(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
})

afterAll(async () => {
  await proxy.close()
  await server.kill()
})

beforeEach(async () => {
  await proxy.set({ kind: 'pass' })
  client = openClient({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 5000 })
  await client.set('a', 'value a')
  await client.set('b', 'value b')
  proxy.resetCounts()
  return async () => {
    await proxy.set({ kind: 'pass' })
    await client.close()
  }
})

describe('signal', () => {
  it('refuses a call that was aborted before it began, and sends nothing', async () => {
    const reason = new Error('not needed')

    await expect(client.get('a', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(proxy.commands('mg')).toBe(0)
  })

  it('takes back a command that is not sent yet', async () => {
    const controller = new AbortController()
    const set = client.set('a', 'new', { signal: controller.signal })
    const get = client.get('a')
    controller.abort()

    await expect(set).rejects.toMatchObject({ name: 'AbortError' })
    expect((await get)?.value.toString()).toBe('value a')
    expect(proxy.commands('ms')).toBe(0)
  })

  it('keeps the slot of a command that was sent, so that its reply reaches nobody else', async () => {
    await proxy.set({ kind: 'latency', ms: 100 })
    const controller = new AbortController()
    const first = client.get('a', { signal: controller.signal })
    const second = client.get('b')
    setTimeout(() => controller.abort(), 20)

    await expect(first).rejects.toMatchObject({ name: 'AbortError' })
    expect((await second)?.value.toString()).toBe('value b')
    expect((await client.get('a'))?.value.toString()).toBe('value a')
    expect(proxy.counts.connections).toBe(0)
  })

  it('ends all calls that it was given to, and no other', async () => {
    await proxy.set({ kind: 'latency', ms: 100 })
    const controller = new AbortController()
    const { signal } = controller
    const given = ['a', 'b', 'c'].map((key) => client.get(key, { signal }))
    const other = client.get('a')
    setTimeout(() => controller.abort(), 20)

    const outcomes = await Promise.allSettled(given)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect((await other)?.value.toString()).toBe('value a')
  })

  it('listens once for all calls of a signal, and to nothing once they are settled', async () => {
    const { signal } = new AbortController()
    const added: string[] = []
    const removed: string[] = []
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...all: Parameters<typeof addEventListener>) => {
      added.push(all[0])
      addEventListener.apply(signal, all)
    }
    signal.removeEventListener = (...all: Parameters<typeof removeEventListener>) => {
      removed.push(all[0])
      removeEventListener.apply(signal, all)
    }
    await Promise.all(Array.from({ length: 20 }, () => client.get('a', { signal })))
    expect([added, removed]).toEqual([['abort'], ['abort']])

    await client.get('a', { signal })
    expect(added).toEqual(removed)
  })

  it.each<[string, (c: MemcachedClient, signal: AbortSignal) => Promise<unknown>]>([
    ['gets', (c, signal) => c.gets('a', { signal })],
    ['gat', (c, signal) => c.gat('a', 60, { signal })],
    ['getMany', (c, signal) => c.getMany(['a', 'b'], { signal })],
    ['getManyMeta', (c, signal) => c.getManyMeta(['a', 'b'], { signal })],
    ['set', (c, signal) => c.set('a', 'x', { signal })],
    ['setMany', (c, signal) => c.setMany([['a', 'x']], { signal })],
    ['append', (c, signal) => c.append('a', 'x', { signal })],
    ['delete', (c, signal) => c.delete('a', { signal })],
    ['deleteMany', (c, signal) => c.deleteMany(['a'], { signal })],
    ['touch', (c, signal) => c.touch('a', 60, { signal })],
    ['incr', (c, signal) => c.incr('a', 1, { signal })],
    ['markStale', (c, signal) => c.markStale('a', { signal })],
    ['metaGet', (c, signal) => c.metaGet('a', { signal })],
    ['metaDelete', (c, signal) => c.metaDelete('a', { signal })],
    ['getOrLease', (c, signal) => c.getOrLease('a', { signal })],
    ['inspect', (c, signal) => c.inspect('a', { signal })],
    ['stats', (c, signal) => c.stats('general', { signal })],
    ['flushAll', (c, signal) => c.flushAll({ signal })],
  ])('refuses an aborted %s', async (_, call) => {
    const reason = new Error('not needed')
    const outcome = await call(client, AbortSignal.abort(reason)).catch((error: unknown) => error)

    expect(outcome).toBe(reason)
    expect([...proxy.counts.commands.values()]).toEqual([])
  })
})

describe('timeoutMs', () => {
  it('gives up one call and keeps the connection', async () => {
    await proxy.set({ kind: 'latency', ms: 200 })
    const hasty = client.get('a', { timeoutMs: 20 })
    const patient = client.get('b')

    await expect(hasty).rejects.toMatchObject({ code: 'ERR_TIMEOUT', applied: 'unknown' })
    expect((await patient)?.value.toString()).toBe('value b')
    expect(proxy.counts.connections).toBe(0)
  })

  it('gives one call more time than the others, who keep theirs', async () => {
    await using hasty = openClient({ servers: `127.0.0.1:${proxy.port}`, timeoutMs: 100 })
    await hasty.get('a')
    proxy.resetCounts()
    await proxy.set({ kind: 'latency', ms: 400 })
    const patient = hasty.get('a', { timeoutMs: 5000 })
    const usual = hasty.get('b')

    await expect(usual).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    expect((await patient)?.value.toString()).toBe('value a')
    expect((await hasty.get('b', { timeoutMs: 5000 }))?.value.toString()).toBe('value b')
    expect(proxy.counts.connections).toBe(0)
  })

  it('makes up for a write whose caller gave up, should it be lost', async () => {
    await proxy.set({ kind: 'hang' })
    await expect(client.set('a', 'new', { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
    })
    proxy.cut('rst')
    await proxy.set({ kind: 'pass' })

    await expect.poll(() => client.get('b').catch(() => undefined)).toBeDefined()
    expect(await client.get('a')).toBeUndefined()
    expect(await ask(server.port, 'mg a\r\n')).toBe('EN\r\n')
  })

  it.each([0, -1, Number.NaN, 2 ** 31])('refuses %d', async (timeoutMs) => {
    await expect(client.get('a', { timeoutMs })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining('timeoutMs'),
    })
  })

  it('refuses a signal that is none', async () => {
    const signal = 'stop' as unknown as AbortSignal
    await expect(client.get('a', { signal })).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })
})
