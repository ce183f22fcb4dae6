import { describe, expect, it } from 'vitest'
import { MemcachedBackend } from '../../../src/backends/memcached.ts'
import type { Entry, Found } from '../../../src/cache/backend.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { eventually } from '../../support/eventually.ts'
import { startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

const entry = (value: NonNullable<unknown>): Entry => {
  return { value, createdAtMs: Date.now(), ttl: 60, staleFor: 60 }
}

async function start() {
  const server = await startMemcached()
  const proxy = await FaultProxy.start({ target: { port: server.port } })
  const backend = new MemcachedBackend(`127.0.0.1:${proxy.port}`)
  const other = new MemcachedBackend(`127.0.0.1:${server.port}`)
  return {
    server,
    proxy,
    backend,
    other,
    async [Symbol.asyncDispose]() {
      await Promise.all([backend, other].map((each) => each[Symbol.asyncDispose]()))
      await proxy.close()
      await server.kill()
    },
  }
}

async function find(backend: MemcachedBackend, key: string): Promise<Found> {
  const { found } = await backend.lease(key, 10)
  if (found === undefined) throw new Error('nothing was found')
  return found
}

describe('a value that is computed anew', () => {
  it('costs one round trip to win, without the value', async () => {
    await using rig = await start()
    const { backend, proxy } = rig
    await backend.set('k', entry('v'.repeat(10_000)))
    const found = await find(backend, 'k')
    proxy.resetCounts()

    const read = await backend.leaseAgain('k', found, 10)
    expect(read !== 'changed' && read.token !== undefined).toBe(true)
    expect(proxy.counts.reads).toBe(1)
    expect(proxy.commands('mg')).toBe(2)
    expect(proxy.counts.bytesReceived).toBeLessThan(200)
  })

  it('is given to one of two processes, and the other is told of a failure', async () => {
    await using rig = await start()
    const { backend, other } = rig
    await backend.set('k', entry('v'))
    const [ours, theirs] = [await find(backend, 'k'), await find(other, 'k')]
    const won = await backend.leaseAgain('k', ours, 10)
    const lost = await other.leaseAgain('k', theirs, 10)
    if (won === 'changed' || lost === 'changed' || won.token === undefined) throw new Error('lost')
    expect(lost).toMatchObject({ found: { value: 'v' }, token: undefined, hasFailed: false })

    await backend.backOff(won.token, 60)
    expect(await other.leaseAgain('k', theirs, 10)).toMatchObject({
      found: { value: 'v' },
      token: undefined,
      hasFailed: true,
    })
    // What was set since is another value: it has not failed.
    await backend.set('k', entry('w'))
    const again = await other.leaseAgain('k', await find(other, 'k'), 10)
    expect(again !== 'changed' && again.token !== undefined).toBe(true)
  })

  it('is not stored over what a restarted server has under the same number', async () => {
    await using rig = await start()
    const { backend, proxy, server } = rig
    await backend.set('k', entry('v'))
    const read = await backend.leaseAgain('k', await find(backend, 'k'), 10)
    if (read === 'changed' || read.token === undefined) throw new Error('lost')
    // As good as a restart to the client, which cannot know that it was none.
    proxy.cut()
    await eventually(async () => (await backend.get('k').catch(() => undefined)) !== undefined)

    expect(await backend.fill(read.token, entry('computed'))).toBe(false)
    expect(await ask(server.port, 'mg k s\r\n')).toMatch(/^HD s/)
    expect((await backend.get('k'))?.value).toBe('v')
  })

  it('of raw form stays raw and does not live longer', async () => {
    await using rig = await start()
    const { backend, server } = rig
    await backend.set('n', { value: 5, createdAtMs: Date.now(), ttl: 3, staleFor: 0 })
    const read = await backend.leaseAgain('n', await find(backend, 'n'), 10)
    if (read === 'changed' || read.token === undefined) throw new Error('lost')

    expect(await backend.renew(read.token, 10)).toBeDefined()
    expect(await ask(server.port, 'mg n t v\r\n')).toMatch(/^VA 1 t[23]\r\n5\r\n$/)
  })
})

describe('a mark', () => {
  it('is asked about in one command that moves no value', async () => {
    await using rig = await start()
    const { backend, proxy } = rig
    await backend.set('k', entry('v'.repeat(10_000)))
    const { mark } = await find(backend, 'k')
    proxy.resetCounts()

    expect(await backend.isCurrent('k', mark)).toBe(true)
    expect([...proxy.counts.commands]).toEqual([['mg', 1]])
    expect(proxy.counts.bytesSent + proxy.counts.bytesReceived).toBeLessThan(60)
  })

  it('is void once its connection has ended', async () => {
    await using rig = await start()
    const { backend, proxy } = rig
    await backend.set('k', entry('v'))
    const { mark } = await find(backend, 'k')
    proxy.cut()
    await eventually(async () => (await backend.get('k').catch(() => undefined)) !== undefined)

    expect(await backend.isCurrent('k', mark)).toBe(false)
    expect(await backend.isCurrent('k', (await find(backend, 'k')).mark)).toBe(true)
    expect(await backend.isCurrent('k', undefined)).toBe(false)
  })

  it('comes with a plain read that wants it, and with no other', async () => {
    await using rig = await start()
    const { backend } = rig
    await backend.set('k', { ...entry('v'), staleFor: 0 })
    const wanted = await backend.get('k', { mark: true })

    expect(await backend.isCurrent('k', wanted?.mark)).toBe(true)
    expect(wanted?.ttlLeft).toBeGreaterThan(50)
    const plain = await backend.get('k')
    expect([plain?.mark, plain?.ttlLeft]).toEqual([undefined, undefined])
  })
})

describe('a touch of 0', () => {
  it('deletes where there is no stale window, so that no bytes are left', async () => {
    await using rig = await start()
    const { backend, server } = rig
    await backend.set('k', { value: 'v', createdAtMs: Date.now(), ttl: 60, staleFor: 0 })

    expect(await backend.touch('k', 0)).toBe(true)
    expect(await ask(server.port, 'mg k v\r\n')).toBe('EN\r\n')
  })
})
