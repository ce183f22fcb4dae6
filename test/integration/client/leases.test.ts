import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type KeyLease, type LeaseRead, MemcachedClient } from '../../../src/client/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

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
  await client.flushAll()
})

describe('getOrLease', () => {
  it('gives the right to compute to one caller of many clients', async () => {
    await using other = new MemcachedClient(`127.0.0.1:${server.port}`)

    const reads = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? client : other).getOrLease('k')),
    )

    expect(reads.filter(({ state }) => state === 'won')).toHaveLength(1)
    expect(reads.filter(({ state }) => state === 'busy')).toHaveLength(19)
  })

  it('gives the value, once it is filled', async () => {
    const { lease, stale } = won(await client.getOrLease('k'))
    expect(stale).toBeUndefined()
    expect(await lease.fill('v', { ttl: 60, flags: 3 })).toBe(true)

    expect(await client.getOrLease('k')).toEqual({
      state: 'hit',
      value: Buffer.from('v'),
      flags: 3,
      cas: expect.objectContaining({ value: expect.any(BigInt) }),
      stale: false,
    })
    expect(await client.metaGet('k', { ttl: true })).toMatchObject({ ttl: 60 })
  })

  it.each([
    ['deleted', () => client.delete('k')],
    ['set', () => client.set('k', 'newer')],
    ['marked stale', () => client.markStale('k')],
  ])('does not store what was computed before the key was %s', async (_, change) => {
    const { lease } = won(await client.getOrLease('k'))
    await change()

    expect(await lease.fill('old')).toBe(false)
    expect((await client.get('k'))?.value.toString()).not.toBe('old')
  })

  it('lets the next caller compute what the winner gave back', async () => {
    const { lease } = won(await client.getOrLease('k'))
    expect((await client.getOrLease('k')).state).toBe('busy')

    await lease.release()

    const next = won(await client.getOrLease('k'))
    expect(await lease.fill('late')).toBe(false)
    expect(await next.lease.fill('v')).toBe(true)
  })

  it('gives it back at the end of a block, unless it was filled', async () => {
    {
      await using lease = won(await client.getOrLease('k')).lease
      expect(lease.key).toBe('k')
    }
    {
      await using lease = won(await client.getOrLease('k')).lease
      await lease.fill('v')
    }

    expect((await client.get('k'))?.value.toString()).toBe('v')
  })

  it('gives the lease on for as long as it was asked for', async () => {
    await client.getOrLease('k', { leaseFor: 30 })
    await client.getOrLease('l')

    expect(await client.metaGet('k', { ttl: true })).toMatchObject({ ttl: 31 })
    expect(await client.metaGet('l', { ttl: true })).toMatchObject({ ttl: 11 })
  })

  it.each([0, 0.5, -1, Infinity, Number.NaN])('does not lease for %d s', async (leaseFor) => {
    await expect(client.getOrLease('k', { leaseFor })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining('`leaseFor`'),
    })
  })

  it('does not take an empty value with flags for a lease, nor fills one without', async () => {
    const { lease } = won(await client.getOrLease('k'))
    await expect(lease.fill('')).rejects.toMatchObject({ code: 'ERR_VALUE_INVALID' })

    expect(await lease.fill('', { flags: 1 })).toBe(true)

    expect(await client.getOrLease('k')).toMatchObject({
      state: 'hit',
      value: Buffer.alloc(0),
      flags: 1,
    })
  })

  it('holds on to the lease where the value was too large', async () => {
    const { lease } = won(await client.getOrLease('k'))
    await expect(lease.fill(Buffer.alloc(1_048_577))).rejects.toMatchObject({
      code: 'ERR_VALUE_TOO_LARGE',
    })

    expect(await lease.fill('smaller')).toBe(true)
  })

  it('shows the placeholder to everybody else as what it is', async () => {
    await client.getOrLease('k')

    expect(await client.get('k')).toEqual({ value: Buffer.alloc(0), flags: 0 })
    expect(await client.add('k', 'v')).toBe(false)
    expect(await client.set('k', 'v')).toBe(true)
  })

  it('refuses a fill over another connection', async () => {
    const name = `127.0.0.1:${server.port}`
    const first = new MemcachedClient(name)
    const { lease } = won(await first.getOrLease('k'))
    await first.close()

    await expect(lease.fill('v')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await lease[Symbol.asyncDispose]()
  })

  it('keeps the lease with the keys it is routed with', async () => {
    await using second = await startMemcached()
    await using both = new MemcachedClient([`127.0.0.1:${server.port}`, `127.0.0.1:${second.port}`])
    const elsewhere = Array.from({ length: 50 }, (_, i) => `r${i}`).find(
      (name) => both.serverOf(name) !== both.serverOf('k'),
    )
    const options = { routeKey: elsewhere }

    const { lease } = won(await both.getOrLease('k', options))
    expect(await lease.fill('v')).toBe(true)

    expect((await both.get('k', options))?.value.toString()).toBe('v')
    expect(await both.get('k')).toBeUndefined()
  })
})

describe('markStale', () => {
  it('tells whether there was something', async () => {
    expect(await client.markStale('k')).toBe(false)
    await client.set('k', 'v', { ttl: 1000 })
    expect(await client.markStale('k')).toBe(true)
    expect(await client.metaGet('k', { ttl: true })).toMatchObject({ ttl: 1000 })
    expect(await client.markStale('k', { ttl: 30 })).toBe(true)
    expect(await client.metaGet('k', { ttl: true })).toMatchObject({ ttl: 30 })
  })

  it('makes one caller renew the value, and serves it to the others meanwhile', async () => {
    await client.set('k', 'old', { flags: 2 })
    await client.markStale('k', { ttl: 30 })

    const first = won(await client.getOrLease('k'))
    const second = await client.getOrLease('k')

    expect(first.stale).toEqual({ value: Buffer.from('old'), flags: 2 })
    expect(second).toMatchObject({ state: 'hit', stale: true, value: Buffer.from('old') })
    expect(await first.lease.fill('new')).toBe(true)
    expect(await client.getOrLease('k')).toMatchObject({
      state: 'hit',
      stale: false,
      value: Buffer.from('new'),
    })
  })

  it('keeps the stale value of a lease that was given back, and makes the next caller win', async () => {
    await client.set('k', 'old')
    await client.markStale('k', { ttl: 30 })
    const { lease } = won(await client.getOrLease('k'))

    await lease.release()

    const next = won(await client.getOrLease('k'))
    expect(next.stale?.value.toString()).toBe('old')
    expect(await lease.fill('late')).toBe(false)
    expect(await client.metaGet('k', { ttl: true })).toMatchObject({ ttl: 30 })
  })
})

function won(read: LeaseRead): Extract<LeaseRead, { state: 'won' }> & { lease: KeyLease } {
  if (read.state !== 'won') throw new Error(`the lease was not won: ${read.state}`)
  return read
}
