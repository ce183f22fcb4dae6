import { randomUUID } from 'node:crypto'
import { expect, it as plainIt } from 'vitest'
import { Cache, MemcachedBackend } from '../../../src/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort, startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'
import { onEachRig, type Scene } from '../../support/rigs.ts'

/** Computes a key while something else happens to it. Both share the backend, as two processes do. */
async function duringCompute(
  { open }: Scene,
  change: (other: Cache) => Promise<unknown>,
): Promise<Cache> {
  const [cache, other] = [open(), open()]
  const value = await cache.getOrSet('k', async () => {
    await change(other)
    return 'computed from old data'
  })
  expect(value).toBe('computed from old data')
  return cache
}

onEachRig(({ it }) => {
  it('does not overwrite a value that was set meanwhile', async (scene) => {
    const cache = await duringCompute(scene, (other) => other.set('k', 'newer'))

    expect(await cache.get('k')).toBe('newer')
  })

  it('keeps a key deleted that was deleted meanwhile', async (scene) => {
    const cache = await duringCompute(scene, (other) => other.delete('k'))

    expect(await cache.get('k', { allowStale: true })).toBeUndefined()
  })

  it('does not store what was invalidated meanwhile', async (scene) => {
    const cache = await duringCompute(scene, (other) => other.invalidate('k'))

    expect(await cache.get('k', { allowStale: true })).toBeUndefined()
  })

  it('does not store what was cleared meanwhile', async (scene) => {
    const cache = await duringCompute(scene, (other) => other.clear())

    expect(await cache.get('k')).toBeUndefined()
  })

  it('does not bring back a refreshed key that was deleted meanwhile', async (scene) => {
    const cache = scene.open()
    await cache.set('k', 'old')
    await cache.invalidate('k')
    await duringCompute(scene, (other) => other.delete('k'))

    expect(await cache.get('k', { allowStale: true })).toBeUndefined()
  })

  it('starts anew after a write, though an older computation runs', async ({ open }) => {
    const cache = open({ waitMs: 0 })
    let finish = (): void => {}
    const first = cache.getOrSet('k', async () => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return 'old'
    })
    await eventually(async () => (await cache.lookup('k')).state === 'busy')
    const deleting = cache.delete('k')
    const second = await cache.getOrSet('k', () => 'new')
    await deleting
    finish()

    expect(await first).toBe('old')
    expect(second).toBe('new')
    expect(await cache.get('k')).toBe('new')
  })

  it('gives every caller a value of its own', async ({ open }) => {
    const cache = open()
    const values = await Promise.all(
      Array.from({ length: 3 }, () => cache.getOrSet('k', () => ({ list: [1] }))),
    )
    values[0]?.list.push(2)

    expect(values.slice(1)).toEqual([{ list: [1] }, { list: [1] }])
    expect(await cache.get('k')).toEqual({ list: [1] })
  })

  it('stores what is filled in as it was then', async ({ open }) => {
    const cache = open()
    const won = await cache.lookup('k')
    const value = { list: [1] }
    const filling = won.state === 'won' && won.lease.fill(value)
    value.list.push(2)

    expect(await filling).toBe(true)
    expect(await cache.get('k')).toEqual({ list: [1] })
  })

  it('lets a dead winner’s lease end by itself', async ({ backend, open, pass }) => {
    const key = randomUUID()
    const cache = open({ keyFunction: (key) => key, waitMs: 0 })
    // Asked of the backend, nobody renews it: as if the process had died.
    const { token } = await backend.lease(key, 1)
    expect(token).toBeDefined()
    expect(await cache.getOrSet(key, () => 'not stored')).toBe('not stored')
    expect(await cache.get(key)).toBeUndefined()
    await pass(2.1)

    expect(await cache.getOrSet(key, () => 'computed')).toBe('computed')
    expect(await cache.get(key)).toBe('computed')
  })

  it('keeps the lease of a long computation', async ({ open, pass }) => {
    const [cache, other] = [open({ leaseFor: 2 }), open()]
    const states: string[] = []
    const computing = cache.getOrSet('k', async () => {
      for (let i = 0; i < 5; i++) {
        await pass(1)
        states.push((await other.lookup('k')).state)
      }
      return 'computed'
    })

    expect(await computing).toBe('computed')
    expect(states).toEqual(['busy', 'busy', 'busy', 'busy', 'busy'])
    expect(await cache.get('k')).toBe('computed')
  })

  it('keeps the lease of a long refresh', async ({ open, pass }) => {
    const [cache, other] = [open({ leaseFor: 2 }), open()]
    await cache.set('k', 'old')
    await cache.invalidate('k')
    const leases: unknown[] = []
    const computing = cache.getOrSet('k', async () => {
      for (let i = 0; i < 5; i++) {
        await pass(1)
        const { state, ...rest } = await other.lookup('k')
        leases.push([state, 'lease' in rest ? rest.lease : 'none'])
      }
      return 'computed'
    })

    expect(await computing).toBe('computed')
    expect(leases).toEqual(Array.from({ length: 5 }, () => ['stale', undefined]))
    expect(await cache.get('k')).toBe('computed')
  })

  it('gives the leases up that it holds when it is closed', async ({ open }) => {
    const [cache, other] = [open(), open()]
    expect((await cache.lookup('k')).state).toBe('won')
    await cache.close()

    expect((await other.lookup('k')).state).toBe('won')
  })

  it('waits for another process, at most so long', async ({ backend, open, pass }) => {
    const key = randomUUID()
    const cache = open({ keyFunction: (key) => key })
    const { token } = await backend.lease(key, 10)
    const waiting = cache.getOrSet(key, () => 'own', { waitMs: 60_000 })
    const impatient = cache.getOrSet(key, () => 'own', { waitMs: 200, staleIfError: 1 })
    for (let i = 0; i < 10; i++) await pass(0.05)

    expect(await impatient).toBe('own')
    expect(await cache.get(key)).toBeUndefined()
    if (token !== undefined) {
      await backend.fill(token, { value: 'theirs', createdAtMs: Date.now(), ttl: 1e9, staleFor: 0 })
    }
    for (let i = 0; i < 10; i++) await pass(0.05)
    expect(await waiting).toBe('theirs')
  })
})

plainIt('drops a value that was computed before the server restarted', async () => {
  const port = await freePort()
  await using first = await startMemcached([], { port })
  await using cache = new Cache(new MemcachedBackend(`127.0.0.1:${port}`))
  let value: unknown
  let restarted: AsyncDisposable | undefined
  try {
    value = await cache.getOrSet('k', async () => {
      await first.kill()
      restarted = await startMemcached([], { port })
      // Its first item has the number that the lease's item had: 1.
      const reply = await ask(port, 'ms :1:k 5 F16 c\r\nnewer\r\n')
      expect(reply).toBe('HD c1\r\n')
      return 'computed'
    })

    expect(value).toBe('computed')
    await eventually(async () => (await cache.get('k')) === 'newer')
  } finally {
    await restarted?.[Symbol.asyncDispose]()
  }
})

plainIt('does not refresh again what was refreshed while it was reading', async () => {
  await using server = await startMemcached()
  await using proxy = await FaultProxy.start({ target: { port: server.port } })
  await using slow = new MemcachedBackend(`127.0.0.1:${proxy.port}`)
  await using quick = new MemcachedBackend(`127.0.0.1:${server.port}`)
  const entry = { value: 'old', createdAtMs: Date.now(), ttl: 60, staleFor: 0 }
  await slow.set('k', entry)
  await quick.invalidate('k', 60)
  await proxy.set({ kind: 'latency', ms: 200 })
  proxy.resetCounts()

  // It sees the old value, and learns of it when the new one is there.
  const reading = slow.lease('k', 10)
  await eventually(async () => proxy.commands('mg') === 1)
  const { token } = await quick.lease('k', 10)
  expect(token && (await quick.fill(token, { ...entry, value: 'new' }))).toBe(true)

  expect(await reading).toMatchObject({ found: { value: 'new' }, token: undefined })
  await quick.invalidate('k', 60)
  expect((await quick.lease('k', 10)).token).toBeDefined()
})
