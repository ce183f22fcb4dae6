import type { LookupFunction } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MemcachedClient } from '../../src/client/index.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { SLACK_MS, TIMEOUT_MS } from '../support/invariants.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { ask } from '../support/raw.ts'

/** Two servers on one port of two addresses, and a name that is whatever `addresses` says. */
let servers: MemcachedServer[]
let old: FaultProxy
let next: FaultProxy
let client: MemcachedClient
let addresses: string[] | Error
let asked: number

const lookup: LookupFunction = (_, options, callback) => {
  asked++
  const found = addresses instanceof Error ? [] : addresses
  const [first] = found
  if (addresses instanceof Error || first === undefined) {
    callback(addresses instanceof Error ? addresses : new Error('no address'), '', 4)
  } else if (options.all === true) {
    callback(
      null,
      found.map((address) => ({ address, family: 4 })),
    )
  } else {
    callback(null, first, 4)
  }
}

beforeEach(async () => {
  servers = [await startMemcached(), await startMemcached()]
  const [here, there] = servers.map(({ port }) => ({ port }))
  if (here === undefined || there === undefined) throw new Error('There are two servers.')
  old = await FaultProxy.start({ target: here, host: '127.0.0.1' })
  next = await FaultProxy.start({ target: there, host: '127.0.0.2', port: old.port })
  await ask(here.port, 'ms k 3\r\nold\r\n')
  await ask(there.port, 'ms k 4\r\nnext\r\n')
  asked = 0
  addresses = ['127.0.0.1']
  client = openClient({ servers: `cache.example:${old.port}`, lookup, timeoutMs: TIMEOUT_MS })
})

afterEach(async () => {
  await client.close()
  await old.close()
  await next.close()
  await Promise.all(servers.map((server) => server.kill()))
})

describe('a name', () => {
  it('row 8: that moves to another address is looked up anew, and the old address is left', async () => {
    expect(await read()).toBe('old')
    addresses = ['127.0.0.2']
    await old.set({ kind: 'refuse' })

    await eventually(async () => (await read()) !== undefined)
    await old.set({ kind: 'pass' })
    old.resetCounts()
    next.cut()
    await eventually(async () => (await read()) === 'next')

    expect(await read()).toBe('next')
    expect(old.counts.connections).toBe(0)
    // One for each connect: nothing is remembered in between.
    expect(asked).toBeGreaterThanOrEqual(3)
  })

  it('row 8: with several addresses is served by one that answers', async () => {
    addresses = ['127.0.0.1', '127.0.0.2']
    await old.set({ kind: 'refuse' })

    await eventually(async () => (await read()) === 'next')

    expect(await read()).toBe('next')
  })

  it('row 8: that does not resolve for a while is not asked for more than 5 times a second', async () => {
    expect(await read()).toBe('old')
    addresses = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    old.cut()
    await eventually(async () => (await read()) === undefined)
    asked = 0
    const startedAt = performance.now()
    while (performance.now() - startedAt < 1000) {
      const error: unknown = await client.get('k').catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'ERR_CONNECTION', applied: 'no' })
      await new Promise(setImmediate)
    }
    expect(asked).toBeLessThanOrEqual(6)

    addresses = ['127.0.0.1']
    const healedAt = performance.now()
    await eventually(async () => (await read()) === 'old')

    expect(performance.now() - healedAt).toBeLessThan(1000 + SLACK_MS)
  })
})

/** `undefined` in an outage. */
async function read(): Promise<string | undefined> {
  const item = await client.get('k').catch(() => undefined)
  return item?.value.toString()
}
