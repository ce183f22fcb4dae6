import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/caches.ts'
import { type CommandContext, commandChannel } from '../../../src/channels.ts'
import { MemcachedClient, type MemcachedOptions } from '../../../src/client/index.ts'
import { CacheError } from '../../../src/errors.ts'
import { FakeClock, FaultProxy } from '../../../src/testing/index.ts'
import { eventually } from '../../support/eventually.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { publishedErrors, publishedStates } from '../../support/published.ts'
import { ask, executedCommands } from '../../support/raw.ts'
import { stop } from '../../support/stop.ts'

const TIMEOUT_MS = 200

let main: MemcachedServer
let spare: MemcachedServer
let proxy: FaultProxy
let client: MemcachedClient
let name: string

beforeEach(async () => {
  main = await startMemcached()
  spare = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: main.port } })
  name = `127.0.0.1:${proxy.port}`
  client = open()
})

afterEach(async () => {
  await client.close()
  await proxy.close()
  await Promise.all([main.kill(), spare.kill()])
})

function open(options: Partial<MemcachedOptions> = {}): MemcachedClient {
  return new MemcachedClient({
    servers: name,
    gutter: { servers: `127.0.0.1:${spare.port}` },
    timeoutMs: TIMEOUT_MS,
    ...options,
  })
}

/** Cuts the server off, and has the client find out. */
async function goOut(): Promise<void> {
  await client.version()
  await proxy.set({ kind: 'refuse' })
  await client.get('whatever')
}

/** Lets the server be reached again, and waits until the client has. */
async function comeBack(): Promise<void> {
  await proxy.set({ kind: 'pass' })
  await eventually(async () => (await client.version())[0]?.error === undefined)
}

async function text(key: string): Promise<string | undefined> {
  return (await client.get(key))?.value.toString()
}

const inMain = (key: string): Promise<string> => ask(main.port, `mg ${key} v\r\n`)
const inSpare = (key: string): Promise<string> => ask(spare.port, `mg ${key} v\r\n`)

describe('a gutter', () => {
  it('is not asked, nor connected to, while the servers answer', async () => {
    await client.set('k', 'v')
    await client.getMany(['k', 'l'])
    await client.delete('k')

    expect(await executedCommands(spare.port)).toMatchObject({ gets: 0, sets: 0, deletes: 0 })
    // Ours, and those that ask.
    expect(await ask(spare.port, 'stats\r\n')).toContain('STAT total_connections 4\r\n')
  })

  it('takes the keys of one of three that is killed, and no others', async () => {
    const servers = await Promise.all([1, 2, 3].map(() => startMemcached()))
    const names = servers.map(({ port }) => `127.0.0.1:${port}`)
    await using three = open({ servers: names })
    const keys = Array.from({ length: 90 }, (_, i) => `key${i}`)
    await three.setMany(keys.map((key) => [key, 'old']))
    const share = keys.filter((key) => three.serverOf(key) === names[0])
    expect(share.length).toBeGreaterThan(10)
    await servers[0]?.kill()

    const others = keys.filter((key) => !share.includes(key))
    expect([...(await three.getMany(keys)).keys()]).toEqual(others)
    expect(await three.setMany(keys.map((key) => [key, 'new']))).toEqual([])
    const found = await three.getMany(keys)
    expect([...found.keys()].sort()).toEqual([...keys].sort())
    for (const { value } of found.values()) expect(value.toString()).toBe('new')
    expect(await three.touchMany(keys, 5)).toBe(keys.length)

    expect((await executedCommands(spare.port)).items).toBe(share.length)
    expect(await three.deleteMany(keys)).toBe(keys.length)
    expect((await executedCommands(spare.port)).items).toBe(0)
    await Promise.all(servers.map((server) => server.kill()))
  })

  it('serves all that does not depend on what the server holds', async () => {
    await goOut()

    expect(await client.set('k', 'v', { flags: 7 })).toBe(true)
    expect(await client.get('k')).toEqual({ value: Buffer.from('v'), flags: 7 })
    expect(await client.gat('k', 5)).toMatchObject({ flags: 7 })
    expect(await client.replace('k', 'w')).toBe(true)
    expect(await client.touch('k', 5)).toBe(true)
    const item = await client.gets('k')
    expect(await client.cas('k', 'x', item?.cas as NonNullable<typeof item>['cas'])).toBe('stored')
    expect(await client.metaGet('k', { value: true })).toMatchObject({ value: Buffer.from('x') })
    expect(await client.metaSet('k', 'y')).toMatchObject({ kind: 'stored' })
    expect([...(await client.getManyMeta(['k', 'l'])).keys()]).toEqual(['k'])
    expect(await client.markStale('k')).toBe(true)
    expect(await client.delete('k')).toBe(true)
    expect(await client.get('k')).toBeUndefined()
  })

  it('serves calls for many keys with options of their own', async () => {
    await goOut()
    await client.setMany({ a: '1', b: '2' }, { routeKey: 'r' })

    const found = await client.getMany(['a', 'b', 'c'], { routeKey: 'r', timeoutMs: 1000 })

    expect([...found.keys()]).toEqual(['a', 'b'])
  })

  it('takes what a server answered with garbage, and nothing that it refused', async () => {
    await client.set('k', 'v')
    await proxy.set({ kind: 'garbage', bytes: 'HD O77 kother\r\n', times: 1 })
    expect(await client.set('k', 'new')).toBe(true)
    expect(await inSpare('k')).toBe('VA 3\r\nnew\r\n')

    await comeBack()
    const { sets } = await executedCommands(spare.port)
    await proxy.set({ kind: 'garbage', bytes: 'SERVER_ERROR out of memory storing object\r\n' })
    expect(await client.set('l', 'v')).toBe(false)
    expect((await executedCommands(spare.port)).sets).toBe(sets)
  })

  it('takes calls in the order in which they were made', async () => {
    await client.version()
    await proxy.set({ kind: 'refuse' })

    // The first find the connection broken, the last are refused.
    const all: Promise<unknown>[] = []
    for (let i = 0; i < 50; i++) {
      all.push(
        client.set('k', `${i}`),
        text('k').then((seen) => expect(seen).toBe(`${i}`)),
      )
      if (i % 10 === 9) await new Promise(setImmediate)
    }
    await Promise.all(all)

    expect(await text('k')).toBe('49')
  })

  it.each([
    ['what asks for longer', { ttl: 300 }, 10],
    ['what never expires', { ttl: Infinity }, 10],
    ['what is sent as a date', { ttl: 90 * 86_400 }, 10],
    ["the client's own ttl", {}, 10],
    ['but not what is shorter', { ttl: 3 }, 3],
  ])('keeps nothing longer than its ttl: %s', async (_, options, expected) => {
    await goOut()
    await client.set('k', 'v', options)

    expect(await ask(spare.port, 'mg k t\r\n')).toMatch(
      new RegExp(`^HD t(${expected}|${expected - 1})\r\n`),
    )

    await client.touch('k', 3000)
    await client.gat('k', Infinity)
    expect(Number(/t(\d+)/.exec(await ask(spare.port, 'mg k t\r\n'))?.[1])).toBeLessThanOrEqual(10)
  })

  it('forgets after its ttl', async () => {
    await client.close()
    client = open({ gutter: { servers: `127.0.0.1:${spare.port}`, ttl: 1 } })
    await goOut()
    await client.set('k', 'v', { ttl: 300 })
    expect(await text('k')).toBe('v')

    await sleep(2100)

    expect(await text('k')).toBeUndefined()
  })

  it.each<[string, (c: MemcachedClient) => Promise<unknown>]>([
    ['incr', (c) => c.incr('n', 1, { initial: 1 })],
    ['decr', (c) => c.decr('n')],
    ['metaArithmetic', (c) => c.metaArithmetic('n', { mode: 'incr', delta: 1n, initial: 1n })],
  ])('does not count: %s', async (_, call) => {
    await client.set('n', '5')
    await goOut()
    await client.set('n', '7')

    await expect(call(client)).rejects.toMatchObject({ code: 'ERR_CONNECTION', server: name })
    expect(await inSpare('n')).toBe('VA 1\r\n7\r\n')
    expect((await executedCommands(spare.port)).counts).toBe(0)
  })

  it('does not add, append, prepend or compare with what the server had', async () => {
    await client.set('k', 'v')
    const item = await client.gets('k')
    if (item === undefined) throw new Error('the item is gone')
    await goOut()
    const before = await executedCommands(spare.port)

    expect(await client.add('l', 'v')).toBe(false)
    expect(await client.append('k', 'w')).toBe(false)
    expect(await client.append('k', 'w', { createTtl: 10 })).toBe(false)
    expect(await client.prepend('k', 'w')).toBe(false)
    expect(await client.cas('k', 'w', item.cas)).toBe('unavailable')

    expect((await executedCommands(spare.port)).sets).toBe(before.sets)
    await comeBack()
    expect(await text('k')).toBe('v')
  })

  it('gives leases, whose fills the server never takes', async () => {
    await client.set('k', 'before')
    await goOut()

    const first = await client.getOrLease('k')
    const second = await client.getOrLease('k')
    if (first.state !== 'won') throw new Error(first.state)
    expect(second).toEqual({ state: 'busy' })
    expect(await first.lease.fill('filled')).toBe(true)
    expect(await text('k')).toBe('filled')

    const late = await client.getOrLease('late')
    if (late.state !== 'won') throw new Error(late.state)
    await comeBack()
    expect(await late.lease.fill('late')).toBe(false)
    expect(await text('late')).toBeUndefined()
    // It is older than what was filled.
    expect(await text('k')).toBeUndefined()
  })

  it('is used by a cache, which computes once', async () => {
    await proxy.set({ kind: 'refuse' })
    await using caches = createCaches({
      default: {
        backend: 'memcached',
        location: name,
        options: { gutter: { servers: `127.0.0.1:${spare.port}` } },
      },
    })
    let runs = 0
    const compute = async (): Promise<string> => {
      runs++
      return 'computed'
    }

    const values = await Promise.all([1, 2, 3].map(() => caches.default.getOrSet('k', compute)))
    values.push(await caches.default.getOrSet('k', compute))

    expect(values).toEqual(Array.from({ length: 4 }, () => 'computed'))
    expect(runs).toBe(1)
    expect(await caches.default.delete('k')).toBe(true)
    expect(await caches.default.get('k')).toBeUndefined()
  })
})

describe('a server that hangs', () => {
  it('is waited for once, then the gutter answers at once', async () => {
    await client.set('k', 'v')
    await stop(main)
    const startedAt = performance.now()

    expect(await client.set('k', 'new')).toBe(true)
    const firstMs = performance.now() - startedAt
    expect(await text('k')).toBe('new')

    expect(firstMs).toBeGreaterThan(TIMEOUT_MS * 0.9)
    expect(performance.now() - startedAt - firstMs).toBeLessThan(TIMEOUT_MS * 0.9)
    main.resume()
  })

  it('may have run what went to the gutter too, so that its key is deleted', async () => {
    await client.set('k', 'old')
    await stop(main)
    expect(await client.set('k', 'new')).toBe(true)
    main.resume()
    await eventually(async () => (await inMain('k')) === 'VA 3\r\nnew\r\n')

    await comeBack()

    expect(await text('k')).toBeUndefined()
    expect(await inMain('k')).toBe('EN\r\n')
  })

  it('leaves a call with a limit of its own no time for the gutter', async () => {
    await client.close()
    client = open({ timeoutMs: 2000 })
    await client.set('k', 'v')
    await stop(main)
    const startedAt = performance.now()

    expect(await client.get('k', { timeoutMs: 50 })).toBeUndefined()

    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect((await executedCommands(spare.port)).gets).toBe(0)
    main.resume()
  })

  it('hands over a call with a limit of its own for the rest of it', async () => {
    await client.close()
    client = open({ timeoutMs: 2000 })
    await goOut()
    await client.set('k', 'v')
    await stop(spare)
    const startedAt = performance.now()

    expect(await client.get('k', { timeoutMs: 100 })).toBeUndefined()

    expect(performance.now() - startedAt).toBeLessThan(1000)
    spare.resume()
  })

  it.each([
    ['with any reason', new Error('enough')],
    ['with one that looks like an outage', new CacheError('ERR_TIMEOUT', 'Enough.')],
  ])('is given up with the caller who aborts, %s', async (_, reason) => {
    await goOut()
    await stop(spare)
    const controller = new AbortController()
    const read = client.get('k', { signal: controller.signal })
    await new Promise(setImmediate)
    controller.abort(reason)

    await expect(read).rejects.toBe(reason)
    spare.resume()
  })

  it('is out for all others, whoever waits longer for it', async () => {
    await client.set('k', 'v')
    await stop(main)
    const patient = client.get('k', { timeoutMs: 30_000 })

    expect(await client.set('k', 'new')).toBe(true)
    expect(await text('k')).toBe('new')

    main.resume()
    expect((await patient)?.value.toString()).toBe('v')
  })
})

describe('what is left in the gutter', () => {
  it.each<[string, (c: MemcachedClient) => Promise<unknown>, string | undefined]>([
    ['set', (c) => c.set('k', 'after'), 'after'],
    ['delete', (c) => c.delete('k'), undefined],
    ['touch', (c) => c.touch('k', 0), undefined],
    ['setMany', (c) => c.setMany({ k: 'after' }), 'after'],
    ['markStale', (c) => c.markStale('k'), undefined],
    ['add', (c) => c.add('k', 'after'), 'after'],
    ['incr', (c) => c.incr('k', 1, { initial: 3 }), '3'],
  ])('does not surface after a later %s', async (_, write, expected) => {
    await goOut()
    await client.set('k', 'in the gutter')
    await comeBack()
    await write(client)
    if (expected !== undefined) expect(await text('k')).toBe(expected)
    await proxy.set({ kind: 'refuse' })

    expect(await text('k')).toBeUndefined()
    expect(await inSpare('k')).toBe('EN\r\n')
  })

  it('does not surface after a later write that is too large, or fails', async () => {
    await goOut()
    await client.set('k', 'in the gutter')
    await client.set('l', 'in the gutter')
    await comeBack()
    await client.set('k', Buffer.alloc(2 ** 20 + 1)).catch(() => {})
    await proxy.set({ kind: 'garbage', bytes: 'SERVER_ERROR out of memory storing object\r\n' })
    expect(await client.set('l', 'after')).toBe(false)
    await proxy.set({ kind: 'refuse' })

    expect(await text('k')).toBeUndefined()
    expect(await text('l')).toBeUndefined()
  })

  it('does not surface after a later write that was not even sent', async () => {
    await client.close()
    client = open({ maxPending: 1 })
    await goOut()
    await client.set('k', 'in the gutter')
    await comeBack()
    await client.get('k')
    await proxy.set({ kind: 'hang' })
    const waiting = client.get('other')
    expect(await client.set('k', 'after')).toBe(false)
    await proxy.set({ kind: 'refuse' })
    await waiting

    expect(await text('k')).toBeUndefined()
  })

  it('does not surface after a later write that failed there', async () => {
    await using between = await FaultProxy.start({ target: { port: spare.port } })
    await client.close()
    client = open({ gutter: { servers: `127.0.0.1:${between.port}` } })
    await goOut()
    await client.set('k', 'in the gutter')
    await between.set({ kind: 'refuse' })
    expect(await client.set('k', 'after')).toBe(false)
    await between.set({ kind: 'pass' })

    await eventually(async () => {
      expect(await text('k')).toBeUndefined()
      return (await inSpare('k')) === 'EN\r\n'
    })
  })

  it('stays where nobody writes the key', async () => {
    await goOut()
    await client.set('k', 'in the gutter')
    await comeBack()
    expect(await text('k')).toBeUndefined()
    await client.set('other', 'v')
    await proxy.set({ kind: 'refuse' })

    expect(await text('k')).toBe('in the gutter')
  })

  it('does not surface where the gutter was out as well', async () => {
    await goOut()
    await client.set('k', 'in the gutter')
    await comeBack()
    await stop(spare)
    await client.set('k', 'after')
    await sleep(TIMEOUT_MS + 100)
    await proxy.set({ kind: 'refuse' })
    spare.resume()

    await eventually(async () => {
      const [seen] = await Promise.all([text('k'), sleep(5)])
      expect(seen).toBeUndefined()
      return (await inSpare('k')) === 'EN\r\n'
    })
    expect(await text('k')).toBeUndefined()
  })

  it('costs writes a command more for as long as it can be there, and reads nothing', async () => {
    await client.close()
    const clock = new FakeClock()
    client = open({ clock })
    await goOut()
    await client.set('k', 'in the gutter')
    await proxy.set({ kind: 'pass' })
    clock.advance(1)
    expect(await text('k')).toBeUndefined()
    const before = await executedCommands(spare.port)

    await client.set('a', '1')
    await client.getMany(['a', 'b'])
    await client.get('a')
    await client.delete('a')
    // Until the end of the last second that the server may count, and the time to get there.
    clock.advance(10.1)
    await client.set('b', '1')
    await eventually(
      async () => (await executedCommands(spare.port)).deletes === before.deletes + 3,
    )

    clock.advance(0.2)
    await client.set('c', '1')
    await client.delete('c')
    const after = await executedCommands(spare.port)
    expect(after.deletes).toBe(before.deletes + 3)
    expect(after.gets).toBe(before.gets)
    expect(after.sets).toBe(before.sets)
  })
})

describe('what is told of a gutter', () => {
  it('is its use, once in each outage, and no failure', async () => {
    using states = publishedStates()
    using errors = publishedErrors()
    for (const key of ['a', 'b']) {
      await goOut()
      for (let i = 0; i < 20; i++) await client.set(key, `${i}`)
      await client.getMany([key, 'c'])
      await comeBack()
    }

    const told = states.messages.filter(
      ({ server, state }) => server === name && state !== 'probing',
    )
    expect(told.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1])).toEqual([
      'up',
      'down',
      'gutter',
      'up',
      'down',
      'gutter',
      'up',
    ])
    expect(told.filter(({ state }) => state === 'gutter').length).toBe(2)
    expect(told[2]).toMatchObject({ error: { code: 'ERR_CONNECTION', server: name } })
    expect(errors.messages).toEqual([])
  })

  it('is the failure of the server, once, where the gutter fails as well', async () => {
    await spare.kill()
    await goOut()
    using errors = publishedErrors()

    expect(await client.get('k')).toBeUndefined()
    expect(await client.getMany(['k', 'l'])).toEqual(new Map())
    expect(await client.set('k', 'v')).toBe(false)
    expect(await client.setMany({ k: 'v', l: 'w' })).toEqual(['k', 'l'])
    await expect(client.metaGet('k')).rejects.toMatchObject({ server: name })

    expect(errors.messages).toMatchObject(
      ['get', 'getMany', 'set', 'setMany'].map((operation) => ({ operation, server: name })),
    )
  })

  it('is each command of either server', async () => {
    await goOut()
    const traced: CommandContext[] = []
    const handlers = { asyncEnd: (message: CommandContext) => void traced.push(message) }
    commandChannel.subscribe(handlers as Parameters<typeof commandChannel.subscribe>[0])
    try {
      await client.set('k', 'v')
      expect(await text('k')).toBe('v')
      expect((await client.getMany(['k'])).size).toBe(1)
    } finally {
      commandChannel.unsubscribe(handlers as Parameters<typeof commandChannel.unsubscribe>[0])
    }

    const seen = traced.map(({ operation, server, error }) => [
      operation,
      server,
      error !== undefined,
    ])
    for (const operation of ['set', 'get', 'getMany']) {
      expect(seen).toContainEqual([operation, name, true])
      expect(seen).toContainEqual([operation, `127.0.0.1:${spare.port}`, false])
    }
    expect(seen.length).toBe(6)
  })
})
