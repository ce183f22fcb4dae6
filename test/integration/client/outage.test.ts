import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandContext, commandChannel, type ErrorMessage } from '../../../src/channels.ts'
import { type CasToken, MemcachedClient } from '../../../src/client/index.ts'
import { CacheError } from '../../../src/errors.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { openClient } from '../../support/client.ts'
import { freePort, type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { type Published, publishedErrors } from '../../support/published.ts'
import { ScriptedResolver } from '../../support/resolver.ts'

let servers: MemcachedServer[]
let names: string[]
let client: MemcachedClient
let cas: CasToken
let published: Published<ErrorMessage>

beforeEach(async () => {
  servers = await Promise.all([1, 2, 3].map(() => startMemcached()))
  names = servers.map(({ port }) => `127.0.0.1:${port}`)
  client = new MemcachedClient({ servers: names[0] as string, timeoutMs: 150 })
  await client.set('k', 'v')
  cas = ((await client.gets('k')) as { cas: CasToken }).cas
  published = publishedErrors()
})

afterEach(async () => {
  published[Symbol.dispose]()
  await client.close()
  await Promise.all(servers.map((server) => server.kill()))
})

type Call = (client: MemcachedClient) => Promise<unknown>

const HIDDEN: [operation: string, miss: unknown, call: Call][] = [
  ['get', undefined, (c) => c.get('k')],
  ['get', undefined, (c) => c.get('k', { routeKey: 'r' })],
  ['gets', undefined, (c) => c.gets('k')],
  ['gat', undefined, (c) => c.gat('k', 10)],
  ['getMany', new Map(), (c) => c.getMany(['k', 'l'])],
  ['getMany', new Map(), (c) => c.getMany(['k', 'l'], { routeKey: 'r' })],
  ['getManyMeta', new Map(), (c) => c.getManyMeta(['k', 'l'], { value: true })],
  ['set', false, (c) => c.set('k', 'v')],
  ['add', false, (c) => c.add('k', 'v')],
  ['replace', false, (c) => c.replace('k', 'v')],
  ['append', false, (c) => c.append('k', 'v')],
  ['append', false, (c) => c.append('k', 'v', { createTtl: 10 })],
  ['prepend', false, (c) => c.prepend('k', 'v')],
  ['cas', 'unavailable', (c) => c.cas('k', 'v', cas)],
  ['delete', false, (c) => c.delete('k')],
  ['touch', false, (c) => c.touch('k', 10)],
  ['markStale', false, (c) => c.markStale('k')],
  ['setMany', ['k', 'l'], (c) => c.setMany({ k: 'v', l: 'w' })],
  ['deleteMany', 0, (c) => c.deleteMany(['k', 'l'])],
  ['touchMany', 0, (c) => c.touchMany(['k', 'l'], 10)],
  ['getOrLease', { state: 'unavailable' }, (c) => c.getOrLease('k')],
]

const TOLD: [name: string, call: Call][] = [
  ['incr', (c) => c.incr('k')],
  ['decr', (c) => c.decr('k')],
  ['metaGet', (c) => c.metaGet('k')],
  ['metaGet with unlessCas', (c) => c.metaGet('k', { unlessCas: undefined })],
  ['metaSet', (c) => c.metaSet('k', 'v')],
  ['metaDelete', (c) => c.metaDelete('k')],
  ['metaArithmetic', (c) => c.metaArithmetic('k', { mode: 'incr', delta: 1n })],
  ['inspect', (c) => c.inspect('k')],
]

describe('an outage', () => {
  it.each(HIDDEN)('is a miss to %s: %j, told once', async (operation, miss, call) => {
    await servers[0]?.kill()

    // In flight when the connection breaks, or refused since the server is known to be out.
    for (let i = 0; i < 3; i++) {
      expect(await call(client)).toEqual(miss)
      const told = published.take()
      expect(told).toMatchObject([
        { operation, server: names[0], error: { code: 'ERR_CONNECTION', server: names[0] } },
      ])
      expect(told[0]).not.toHaveProperty('alias')
    }
  })

  it.each(TOLD)('rejects %s, and is not published', async (_, call) => {
    await servers[0]?.kill()

    for (let i = 0; i < 3; i++) {
      await expect(call(client)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    }
    expect(published.messages).toEqual([])
  })

  it.each(HIDDEN)('rejects %s where the client says so', async (_operation, _miss, call) => {
    await using strict = openClient(names[0] as string)
    await strict.version()
    await servers[0]?.kill()

    for (let i = 0; i < 3; i++) {
      await expect(call(strict)).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    }
    expect(published.messages).toEqual([])
  })

  it('costs calls for many keys the share of one server', async () => {
    await using three = new MemcachedClient({ servers: names, timeoutMs: 150 })
    const keys = Array.from({ length: 60 }, (_, i) => `key${i}`)
    await three.setMany(keys.map((key) => [key, key]))
    const lost = keys.filter((key) => three.serverOf(key) === names[0])
    const kept = keys.filter((key) => three.serverOf(key) !== names[0])
    expect(lost.length).toBeGreaterThan(5)
    await servers[0]?.kill()

    expect([...(await three.getMany(keys)).keys()]).toEqual(kept)
    expect([...(await three.getMany(keys, { timeoutMs: 100 })).keys()]).toEqual(kept)
    const facts = await three.getManyMeta(keys, { size: true })
    expect([...facts.keys()].sort()).toEqual([...kept].sort())
    expect(await three.setMany(keys.map((key) => [key, 'new']))).toEqual(lost)
    expect(await three.touchMany(keys, 60)).toBe(kept.length)
    expect(await three.deleteMany(keys)).toBe(kept.length)

    expect(published.messages.map(({ operation, server }) => [operation, server])).toEqual(
      ['getMany', 'getMany', 'getManyMeta', 'setMany', 'touchMany', 'deleteMany'].map((name) => [
        name,
        names[0],
      ]),
    )
  })

  it('of two servers is told of each', async () => {
    await using three = new MemcachedClient({ servers: names, timeoutMs: 150 })
    const keys = Array.from({ length: 60 }, (_, i) => `key${i}`)
    await Promise.all([servers[0]?.kill(), servers[1]?.kill()])

    expect(await three.getMany(keys)).toEqual(new Map())

    expect(published.messages.map(({ server }) => server).sort()).toEqual(names.slice(0, 2).sort())
  })

  it('of one server of 2500 keys is told once', async () => {
    await servers[0]?.kill()
    const keys = Array.from({ length: 2500 }, (_, i) => `key${i}`)

    expect((await client.getMany(keys)).size).toBe(0)
    expect(await client.setMany(keys.map((key) => [key, 'v']))).toEqual(keys)

    expect(published.messages.map(({ operation }) => operation)).toEqual(['getMany', 'setMany'])
  })

  it('ends a lease that cannot be filled or given back', async () => {
    const read = await client.getOrLease('computed')
    if (read.state !== 'won') throw new Error(read.state)
    await servers[0]?.kill()

    expect(await read.lease.fill('value')).toBe(false)
    expect(await read.lease.release()).toBeUndefined()

    expect(published.messages.map(({ operation }) => operation)).toEqual(['fill', 'release'])
  })

  it('is seen as a failure by those who trace commands', async () => {
    const traced: CommandContext[] = []
    const handlers = { asyncEnd: (message: CommandContext) => void traced.push({ ...message }) }
    commandChannel.subscribe(handlers as Parameters<typeof commandChannel.subscribe>[0])
    try {
      await servers[0]?.kill()
      expect(await client.get('k')).toBeUndefined()
      expect(await client.getMany(['k'])).toEqual(new Map())
      expect(await client.set('k', 'v')).toBe(false)
    } finally {
      commandChannel.unsubscribe(handlers as Parameters<typeof commandChannel.unsubscribe>[0])
    }

    const error = expect.objectContaining({ code: 'ERR_CONNECTION' })
    expect(traced).toEqual(
      ['get', 'getMany', 'set'].map((operation) => ({
        operation,
        server: names[0],
        count: 1,
        error,
      })),
    )
    expect(published.messages.map(({ operation }) => operation)).toEqual(['get', 'getMany', 'set'])
  })

  it('of discovery is a miss as well', async () => {
    const resolver = new ScriptedResolver({})
    await using lost = new MemcachedClient({
      discovery: { kind: 'dns', name: 'cache.example', records: 'A', resolver },
      connectTimeoutMs: 50,
    })

    expect(await lost.get('k')).toBeUndefined()
    expect(await lost.set('k', 'v')).toBe(false)
    expect(await lost.getMany(['k'])).toEqual(new Map())
    expect(await lost.setMany({ k: 'v' })).toEqual(['k'])
    await expect(lost.incr('k')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })

    const told = published.messages.map(({ operation }) => operation)
    expect(told.filter((operation) => operation !== 'discovery')).toEqual([
      'get',
      'set',
      'getMany',
      'setMany',
    ])
  })
})

describe('what is an outage', () => {
  let proxy: FaultProxy
  let far: MemcachedClient

  beforeEach(async () => {
    proxy = await FaultProxy.start({ target: { port: servers[0]?.port ?? 0 } })
    far = new MemcachedClient({
      servers: `127.0.0.1:${proxy.port}`,
      timeoutMs: 100,
      maxPending: 4,
    })
    await far.version()
  })

  afterEach(async () => {
    await far.close()
    await proxy.close()
  })

  const codes = (): unknown[] =>
    published.messages.map(({ error }) => CacheError.is(error) && error.code)

  it('is a server that does not answer', async () => {
    await proxy.set({ kind: 'hang' })

    expect(await far.get('k')).toBeUndefined()
    expect(codes()).toEqual(['ERR_TIMEOUT'])
  })

  it('is one that does not answer a call in its own time, told once', async () => {
    await proxy.set({ kind: 'hang' })
    const read = far.get('k', { timeoutMs: 10 })

    expect(await read).toBeUndefined()
    expect(codes()).toEqual(['ERR_TIMEOUT'])
    // The command itself fails later, when its caller has long gone on.
    expect(await far.set('l', 'v')).toBe(false)
    expect(published.messages.map(({ operation }) => operation)).toEqual(['get', 'set'])
  })

  it('is one that does not answer, though another call waits longer for it', async () => {
    await proxy.set({ kind: 'hang' })
    const patient = far.get('k', { timeoutMs: 30_000 })
    const startedAt = performance.now()

    // One after the other: each has its own time.
    expect(await far.get('k')).toBeUndefined()
    expect(await far.get('k')).toBeUndefined()
    expect(performance.now() - startedAt).toBeLessThan(5000)

    await proxy.set({ kind: 'pass' })
    expect((await patient)?.value.toString()).toBe('v')
  })

  it('is garbage', async () => {
    await proxy.set({ kind: 'garbage', bytes: 'VA 1 f0 O77 kother\r\nx\r\n', times: 1 })

    expect(await far.get('k')).toBeUndefined()
    expect(codes()).toEqual(['ERR_PROTOCOL'])
  })

  it('is a server that says it cannot', async () => {
    await proxy.set({ kind: 'garbage', bytes: 'SERVER_ERROR out of memory storing object\r\n' })

    expect(await far.set('k', 'v')).toBe(false)
    expect(await far.setMany({ k: 'v', l: 'w' })).toEqual(['k', 'l'])
    expect(codes()).toEqual(['ERR_SERVER', 'ERR_SERVER'])
  })

  it('is a queue that is full', async () => {
    await proxy.set({ kind: 'hang' })

    const all = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => far.get(key)))

    expect(all).toEqual(Array.from({ length: 5 }, () => undefined))
    expect(codes().sort()).toEqual(['ERR_OVERLOADED', ...Array(4).fill('ERR_TIMEOUT')])
  })

  it('is no refused login', async () => {
    await proxy.set({ kind: 'garbage', bytes: 'CLIENT_ERROR unauthenticated\r\n' })
    await using locked = new MemcachedClient(`127.0.0.1:${proxy.port}`)

    await expect(locked.get('k')).rejects.toMatchObject({ code: 'ERR_AUTH' })
    await expect(locked.getMany(['k'])).rejects.toMatchObject({ code: 'ERR_AUTH' })
    await expect(locked.set('k', 'v')).rejects.toMatchObject({ code: 'ERR_AUTH' })
    await expect(locked.deleteMany(['k'])).rejects.toMatchObject({ code: 'ERR_AUTH' })
  })

  it('is nothing that the caller did', async () => {
    await expect(client.get('')).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    await expect(client.getMany([''])).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    await expect(client.set('k', 'v', { ttl: Number.NaN })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
    await expect(client.set('k', 1 as unknown as string)).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
    })
    await expect(client.set('k', Buffer.alloc(2 ** 20 + 1))).rejects.toMatchObject({
      code: 'ERR_VALUE_TOO_LARGE',
    })
    await client.set('k', 'text')
    await expect(client.incr('k')).rejects.toMatchObject({ code: 'ERR_NOT_A_NUMBER' })
    await client.close()
    await expect(client.get('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(client.getMany(['k'])).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(client.getOrLease('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
    ['get', (signal) => far.get('k', { signal })],
    ['cas', (signal) => far.cas('k', 'v', cas, { signal })],
    ['getMany', (signal) => far.getMany(['k'], { signal })],
    ['setMany', (signal) => far.setMany({ k: 'v' }, { signal })],
    ['getOrLease', (signal) => far.getOrLease('k', { signal })],
  ])('is no abort, whatever its reason looks like: %s', async (_, call) => {
    await proxy.set({ kind: 'hang' })
    const controller = new AbortController()
    const reason = new CacheError('ERR_TIMEOUT', 'The request is over.')
    const calling = call(controller.signal)
    controller.abort(reason)

    await expect(calling).rejects.toBe(reason)
    await expect(call(controller.signal)).rejects.toBe(reason)
    expect(published.messages).toEqual([])
  })
})

it('checks what it is told to do', async () => {
  const port = await freePort()
  expect(
    () =>
      new MemcachedClient({
        servers: `127.0.0.1:${port}`,
        onFailure: 'ignore' as unknown as 'miss',
      }),
  ).toThrow("`onFailure` is \"ignore\": it must be 'miss' or 'throw'.")
})
