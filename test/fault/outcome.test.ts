import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MemcachedClient, MemcachedOptions } from '../../src/client/index.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { freePort, type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { ask } from '../support/raw.ts'

const TIMEOUT_MS = 200

let server: MemcachedServer
let proxy: FaultProxy
let client: MemcachedClient

beforeEach(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
  client = await opened()
})

afterEach(async () => {
  await client.close()
  await proxy.close()
  await server.kill()
})

describe('what a failure says', () => {
  it('row 6: keeps the answers that came before a reset, and does not know of the others', async () => {
    await client.set('n', '0')
    await proxy.set({ kind: 'cut-after', replies: 3, by: 'rst' })

    const results = await Promise.allSettled(Array.from({ length: 10 }, () => client.incr('n')))

    expect(results.slice(0, 3)).toEqual(
      [1n, 2n, 3n].map((value) => ({ status: 'fulfilled', value })),
    )
    for (const result of results.slice(3)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_CONNECTION', applied: 'unknown', server: `127.0.0.1:${proxy.port}` },
      })
    }
    await proxy.set({ kind: 'pass' })
    // Nothing was sent a second time.
    expect(await ask(server.port, 'mg n v\r\n')).toBe('VA 2\r\n10\r\n')
  })

  it('tells a timeout from the loss of what came later', async () => {
    await proxy.set({ kind: 'hang' })
    const first = client.get('a')
    await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS / 2))
    const second = client.get('b')

    await expect(first).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      applied: 'unknown',
      message: `\`mg\` got no answer from 127.0.0.1:${proxy.port} in time.`,
      cause: { message: `The server 127.0.0.1:${proxy.port} did not answer within 200 ms.` },
    })
    await expect(second).rejects.toMatchObject({ code: 'ERR_CONNECTION', applied: 'unknown' })
  })

  it('knows that what waited for a connection was not sent', async () => {
    await using fresh = openClient({ ...options(), connectTimeoutMs: 5000 })
    await proxy.set({ kind: 'hang' })

    await expect(fresh.set('k', 'v')).rejects.toMatchObject({ code: 'ERR_TIMEOUT', applied: 'no' })
  })

  it('says that nobody listens, which is the mistake of a first day', async () => {
    const port = await freePort()
    await using byAddress = openClient(`127.0.0.1:${port}`)
    await using byName = openClient(`localhost:${port}`)

    await expect(byAddress.get('k')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      message: `\`mg\` was not sent to 127.0.0.1:${port}: the server 127.0.0.1:${port} cannot be reached (connect ECONNREFUSED 127.0.0.1:${port}).`,
    })
    await expect(byName.get('k')).rejects.toThrow(/cannot be reached \(.*ECONNREFUSED.*\)\.$/)
  })

  it('row 1: comes at once while the server is known to be down', async () => {
    await server.kill()
    await client.get('k').catch(() => {})
    const tookMs: number[] = []
    for (let i = 0; i < 101; i++) {
      const started = performance.now()
      await expect(client.get('k')).rejects.toMatchObject({ code: 'ERR_CONNECTION', applied: 'no' })
      tookMs.push(performance.now() - started)
    }

    // The median, because this process may be late too.
    expect(tookMs.sort((a, b) => a - b)[50]).toBeLessThan(5)
  })

  it('row 3: gives up a connection that is not greeted in time', async () => {
    await using fresh = openClient({
      ...options(),
      connectTimeoutMs: 100,
      timeoutMs: 5000,
    })
    await proxy.set({ kind: 'hang' })

    await expect(fresh.get('k')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      applied: 'no',
      cause: { message: `The server 127.0.0.1:${proxy.port} was not ready within 100 ms.` },
    })
  })

  it('row 16: fails everything in flight after an error line that nobody knows', async () => {
    await proxy.set({ kind: 'garbage', bytes: 'CLIENT_ERROR bad data chunk\r\n', times: 1 })

    const [first, second] = await Promise.allSettled([client.set('a', '1'), client.get('b')])

    expect(first).toMatchObject({ reason: { code: 'ERR_SERVER', applied: 'unknown' } })
    expect(second).toMatchObject({ reason: { code: 'ERR_PROTOCOL', applied: 'unknown' } })
    await eventually(() => proxy.open === 0)
  })

  it('takes a forged reply only where opaque, key and status are right', async () => {
    await client.set('k', 'v')
    await proxy.set({ kind: 'garbage', bytes: 'VA 1 f0 O2 kk\r\nx\r\n', times: 1 })

    expect((await client.get('k'))?.value.toString()).toBe('x')
  })

  it.each([
    ['another key', 'VA 1 f0 O2 kother\r\nx\r\n'],
    ['another opaque', 'VA 1 f0 O9 kk\r\nx\r\n'],
    ['no key', 'VA 1 f0 O2\r\nx\r\n'],
    ['no opaque', 'VA 1 f0 kk\r\nx\r\n'],
    ['the status of another command', 'NF O2 kk\r\n'],
    ['an empty line', '\r\n'],
    ['a text reply', 'END\r\n'],
    ['a value above the limit', 'VA 2000000000 f0 O2 kk\r\nx\r\n'],
    ['half a line and no more', 'VA 1 f0\n'],
  ])('row 17: closes on a reply with %s', async (_, bytes) => {
    await client.set('k', 'v')
    await proxy.set({ kind: 'garbage', bytes, times: 1 })

    await expect(client.get('k')).rejects.toMatchObject({
      code: 'ERR_PROTOCOL',
      applied: 'unknown',
    })
    await eventually(() => proxy.open === 0)
  })

  it('row 17: closes on a line that nobody asked for', async () => {
    await proxy.set({ kind: 'garbage', bytes: 'HD O1 kk\r\nHD O2 kk\r\n', times: 1 })

    await expect(client.set('k', 'v')).resolves.toBe(true)
    await eventually(() => proxy.open === 0)
    await proxy.set({ kind: 'pass' })
  })

  it('shows no value in an error', async () => {
    await client.set('k', 'secret')
    await proxy.set({ kind: 'garbage', bytes: 'VA 3 f0 O1 kk\r\nsecret\r\n', times: 1 })

    const error: unknown = await client.get('k').catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'ERR_PROTOCOL' })
    expect(JSON.stringify(error) + String(error)).not.toContain('secret')
  })

  it('row 24: says of a server that wants a login what to set', async () => {
    await using other = await FaultProxy.start({ target: { port: server.port } })
    await other.set({ kind: 'garbage', bytes: 'CLIENT_ERROR unauthenticated\r\n' })
    await using locked = openClient(`127.0.0.1:${other.port}`)

    await expect(locked.get('k')).rejects.toMatchObject({
      code: 'ERR_AUTH',
      applied: 'no',
      message: expect.stringContaining('set `auth`'),
    })
  })
})

describe('a late reply', () => {
  it('row 4: never reaches a newer request', async () => {
    await client.set('a', 'A')
    await client.set('b', 'B')
    await proxy.set({ kind: 'hang' })
    await expect(client.get('a')).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })

    // The old connection's answer is let go while the new one is at work.
    await proxy.set({ kind: 'pass' })
    await eventually(async () => (await client.get('b').catch(() => undefined)) !== undefined)

    expect((await client.get('b'))?.value.toString()).toBe('B')
    expect((await client.get('a'))?.value.toString()).toBe('A')
  })

  it('row 19: is taken where only this process was late', async () => {
    // Not through the proxy, which would be as late.
    await using direct = openClient({ ...options(), servers: `127.0.0.1:${server.port}` })
    await direct.set('k', 'v')
    const read = direct.get('k')
    // The command is written in this turn of the event loop, the reply comes during the stall.
    await new Promise((resolve) => setImmediate(resolve))
    stall()

    expect((await read)?.value.toString()).toBe('v')
  })
})

describe('a process that stalls while it connects', () => {
  it.each([
    ['in the tick that asks first', () => stall()],
    ['in the next tick', () => process.nextTick(() => process.nextTick(stall))],
  ])('row 19: %s is answered: the server was not late', async (_, stallOnce) => {
    await using direct = openClient({
      servers: `127.0.0.1:${server.port}`,
      timeoutMs: TIMEOUT_MS,
      connectTimeoutMs: TIMEOUT_MS,
    })
    const read = direct.get('missing')
    stallOnce()

    expect(await read).toBeUndefined()
  })
})

describe('a server that is down', () => {
  it('row 18: fails commands at once, and one tick in a while probes it', async () => {
    await proxy.set({ kind: 'refuse' })
    await client.get('k').catch(() => undefined)
    const started = performance.now()
    const codes = new Set<string>()

    for (let i = 0; i < 1000; i++) {
      const error = await client.get('k').catch((reason: { code: string }) => reason)
      codes.add((error as { code: string }).code)
    }

    expect(codes).toEqual(new Set(['ERR_CONNECTION']))
    // A thousand of them in less than five milliseconds each.
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('costs its own part of the figures alone', async () => {
    const port = await freePort()
    await using both = openClient([`127.0.0.1:${server.port}`, `127.0.0.1:${port}`])

    const [good, bad] = await both.version()

    expect(good).toMatchObject({ value: expect.stringMatching(/^1\.\d+/), error: undefined })
    expect(bad).toMatchObject({ value: undefined, error: { code: 'ERR_CONNECTION' } })
  })

  it('fails what a broken lookup was asked for, and does not hold up close', async () => {
    const lookup = () => {
      throw new Error('no resolver')
    }
    const lost = openClient({ servers: 'cache.example', lookup })

    await expect(lost.get('k')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      applied: 'no',
      cause: { cause: { message: 'no resolver' } },
    })
    await lost.close()
  })

  it('does not hold up close by connecting where nothing waits any more', async () => {
    const patient = openClient({ ...options(), connectTimeoutMs: 60_000 })
    await proxy.set({ kind: 'hang' })
    const waiting = patient.get('k').catch((reason: { code: string }) => reason.code)

    await patient.close()

    expect(await waiting).toBe('ERR_TIMEOUT')
  })

  it('does not hold up close', async () => {
    await proxy.set({ kind: 'hang' })
    const waiting = client.get('k').catch((reason: { code: string }) => reason.code)

    await client.close()

    expect(await waiting).toBe('ERR_TIMEOUT')
  })
})

function stall(): void {
  const until = performance.now() + 3 * TIMEOUT_MS
  while (performance.now() < until);
}

function options(): MemcachedOptions {
  return { servers: `127.0.0.1:${proxy.port}`, timeoutMs: TIMEOUT_MS }
}

/** A client with an open connection, whose next opaque is `O1`. */
async function opened(): Promise<MemcachedClient> {
  const made = openClient(options())
  await made.version()
  return made
}
