import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/caches.ts'
import type { MemcachedClient, MemcachedOptions } from '../../../src/client/index.ts'
import { openClient } from '../../support/client.ts'
import { type ClusterEndpoint, startClusterEndpoint } from '../../support/elasticache.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort, type MemcachedServer, startMemcached } from '../../support/memcached.ts'
import { askOn } from '../../support/raw.ts'
import { ScriptedResolver } from '../../support/resolver.ts'
import { runScript } from '../../support/script.ts'

const errors: string[] = []
const listen = (message: unknown): void =>
  void errors.push((message as { error: Error }).error.message)

beforeEach(() => subscribe('reprise:error', listen))

afterEach(() => {
  unsubscribe('reprise:error', listen)
  errors.length = 0
})

const text = async (client: MemcachedClient, key: string): Promise<string | undefined> =>
  (await client.get(key))?.value.toString()

const keys = Array.from({ length: 60 }, (_, i) => `key:${i}`)

describe('discovery by DNS', () => {
  const hosts = ['127.0.0.1', '127.0.0.2', '::1']
  let port: number
  let servers: MemcachedServer[]

  beforeEach(async () => {
    port = await freePort()
    servers = await Promise.all(
      hosts.map((host) =>
        startMemcached([], { host, port, stats: () => askOn(connect(port, host), 'stats\r\n') }),
      ),
    )
  })

  afterEach(() => Promise.all(servers.map((server) => server.kill())))

  const clientOf = (resolver: ScriptedResolver, options: Partial<MemcachedOptions> = {}) =>
    openClient({
      discovery: {
        kind: 'dns',
        name: 'cache.example',
        port,
        records: 'A+AAAA',
        resolver,
        intervalMs: 20,
      },
      ...options,
    })

  it('spreads keys over all addresses of a name, found with the first command', async () => {
    const resolver = new ScriptedResolver({ a: ['127.0.0.2', '127.0.0.1'], aaaa: ['::1'] })
    await using client = clientOf(resolver)
    expect(client.servers).toEqual([])
    expect(() => client.serverOf('k')).toThrow(expect.objectContaining({ code: 'ERR_CONNECTION' }))
    expect(resolver.asked).toEqual([])

    await Promise.all(keys.map((key) => client.set(key, key)))

    expect(resolver.asked.slice(0, 2)).toEqual(['A cache.example', 'AAAA cache.example'])
    expect(client.servers).toEqual([`127.0.0.1:${port}`, `127.0.0.2:${port}`, `[::1]:${port}`])
    const found = await client.getMany(keys)
    expect([...found].map(([key, { value }]) => [key, value.toString()])).toEqual(
      keys.map((key) => [key, key]),
    )
    for (const { value } of await client.stats()) expect(value?.curr_items).toBeGreaterThan(5)
  })

  it.each<[string, (client: MemcachedClient) => Promise<unknown>]>([
    ['getMany', (client) => client.getMany(['a', 'b'])],
    ['version', (client) => client.version()],
    ['flushAll', (client) => client.flushAll()],
    ['metaGet', (client) => client.metaGet('a')],
    ['keys', async (client) => await client.keys().next()],
    ['incr', (client) => client.incr('a', 1, { initial: 1 })],
  ])('waits in %s as the first call', async (_, call) => {
    await using client = clientOf(new ScriptedResolver({ a: ['127.0.0.1'] }))

    await call(client)

    expect(client.servers).toEqual([`127.0.0.1:${port}`])
  })

  it('follows the name, and leaves the servers that stay connected', async () => {
    const resolver = new ScriptedResolver({ a: ['127.0.0.1', '127.0.0.2'] })
    await using client = clientOf(resolver)
    await client.set('k', 'v')
    const connected = async (): Promise<unknown> =>
      (await client.stats()).find(({ server }) => server === `127.0.0.1:${port}`)?.value
        ?.total_connections
    const before = await connected()

    resolver.zone = { a: ['127.0.0.1'], aaaa: ['::1'] }
    await eventually(() => client.servers.includes(`[::1]:${port}`))

    expect(client.servers).toEqual([`127.0.0.1:${port}`, `[::1]:${port}`])
    await Promise.all(keys.map((key) => client.set(key, 'new')))
    expect(await connected()).toBe(before)
    expect(errors).toEqual([])
  })

  it('keeps its servers while the name is gone, and says so', async () => {
    const resolver = new ScriptedResolver({ a: ['127.0.0.1'] })
    await using client = clientOf(resolver)
    await client.set('k', 'v')

    resolver.zone = { a: 'ENOTFOUND', aaaa: 'ENOTFOUND' }
    await eventually(() => errors.length > 0)

    expect(errors[0]).toContain('dns:cache.example')
    expect(await text(client, 'k')).toBe('v')
    expect(client.servers).toEqual([`127.0.0.1:${port}`])
  })

  it('looks again when a server fails', async () => {
    const resolver = new ScriptedResolver({ a: ['127.0.0.1'] })
    await using client = openClient({
      discovery: { kind: 'dns', name: 'cache.example', port, resolver, intervalMs: 3_600_000 },
    })
    await client.set('k', 'v')
    resolver.zone = { a: ['127.0.0.2'] }
    await servers[0]?.kill()
    await client.get('k').catch(() => {})

    // Not before five seconds after the first look.
    await eventually(() => client.servers[0] === `127.0.0.2:${port}`)

    expect(await text(client, 'k')).toBeUndefined()
    expect(resolver.asked.length).toBe(2)
  })

  it('takes host, port and weight from services', async () => {
    const service = { name: '127.0.0.1', port, priority: 0, weight: 1 }
    const srv = [service, { ...service, name: '127.0.0.2', weight: 9 }]
    await using client = openClient({
      discovery: {
        kind: 'dns',
        name: '_memcached._tcp.example',
        records: 'SRV',
        resolver: new ScriptedResolver({ srv }),
      },
    })

    await Promise.all(keys.map((key) => client.set(key, key)))

    expect(client.weights).toEqual([1, 9])
    const [few = 0, most = 0] = (await client.stats()).map(({ value }) => value?.curr_items ?? 0)
    expect(few + most).toBe(keys.length)
    expect(most).toBeGreaterThan(3 * few)
  })

  it('rejects while nothing is found, whatever the call, and recovers', async () => {
    const resolver = new ScriptedResolver({ a: 'ENOTFOUND' })
    await using client = clientOf(resolver, { connectTimeoutMs: 200 })
    const refused = { code: 'ERR_CONNECTION', applied: 'no' }

    await expect(client.set('k', 'v')).rejects.toMatchObject(refused)
    await expect(client.get('')).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
    await expect(client.getMany(['k'])).rejects.toMatchObject(refused)
    await expect(client.stats()).rejects.toMatchObject(refused)

    resolver.zone = { a: ['127.0.0.1'] }
    await eventually(() =>
      client.set('k', 'v').then(
        () => true,
        () => false,
      ),
    )
    expect(await text(client, 'k')).toBe('v')
  })

  it('is a cache that misses where nothing is found', async () => {
    const resolver = new ScriptedResolver({ a: 'ENOTFOUND' })
    const discovery = { kind: 'dns', name: 'cache.example', resolver } as const
    const caches = createCaches({ default: { backend: 'memcached', options: { discovery } } })
    try {
      expect(await caches.default.get('k')).toBeUndefined()
      expect(await caches.default.getOrSet('k', async () => 'computed')).toBe('computed')
    } finally {
      await caches.close()
    }
  })
})

describe('discovery by an ElastiCache endpoint', () => {
  let servers: MemcachedServer[]
  let nodes: string[]
  let endpoint: ClusterEndpoint

  beforeEach(async () => {
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
    nodes = servers.map(({ port }, i) => `000${i}.cache.example||${port}`)
    endpoint = await startClusterEndpoint(nodes.slice(0, 2))
  })

  afterEach(async () => {
    await endpoint[Symbol.asyncDispose]()
    await Promise.all(servers.map((server) => server.kill()))
  })

  const lookup: MemcachedOptions['lookup'] = (_, { all }, callback) => {
    if (all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }

  const clientOf = (): MemcachedClient =>
    openClient({
      discovery: {
        kind: 'elasticache',
        endpoint: `config.cache.example:${endpoint.port}`,
        intervalMs: 20,
      },
      lookup,
    })

  it('finds the nodes by their host names, and leaves no connection behind', async () => {
    await using client = clientOf()

    await Promise.all(keys.map((key) => client.set(key, key)))

    expect(client.servers).toEqual(
      servers.slice(0, 2).map(({ port }, i) => `000${i}.cache.example:${port}`),
    )
    expect(await text(client, 'key:7')).toBe('key:7')
    expect(endpoint.asked[0]).toBe('config get cluster')
    await eventually(() => endpoint.connections === 0)
  })

  it('follows a newer version only', async () => {
    await using client = clientOf()
    await client.set('k', 'v')
    const looks = endpoint.asked.length

    endpoint.nodes = nodes
    await eventually(() => endpoint.asked.length > looks + 2)
    expect(client.servers.length).toBe(2)

    endpoint.version = 12
    await eventually(() => client.servers.length === 3)

    endpoint.version = 3
    endpoint.nodes = nodes.slice(0, 1)
    const then = endpoint.asked.length
    await eventually(() => endpoint.asked.length > then + 2)
    expect(client.servers.length).toBe(3)
  })

  it('asks an old engine its own way', async () => {
    endpoint.old = true
    await using client = clientOf()

    await client.set('k', 'v')

    expect(endpoint.asked.slice(0, 2)).toEqual([
      'config get cluster',
      'get AmazonElastiCache:cluster',
    ])
    expect(client.servers.length).toBe(2)
  })

  it('keeps its servers where the endpoint names none', async () => {
    await using client = clientOf()
    await client.set('k', 'v')

    endpoint.version = 2
    endpoint.nodes = []
    await eventually(() => errors.some((message) => message.includes('names no server')))
    expect(await text(client, 'k')).toBe('v')
    expect(client.servers.length).toBe(2)
  })

  it('says what a server is that is no such endpoint', async () => {
    await using client = openClient({
      discovery: `elasticache:127.0.0.1:${servers[0]?.port}`,
    })

    await expect(client.get('k')).rejects.toThrow('it is no ElastiCache configuration endpoint')
  })

  it('rejects within the timeout of a connection where the endpoint is silent or gone', async () => {
    endpoint.silent = true
    await using client = openClient({
      discovery: `elasticache:127.0.0.1:${endpoint.port}`,
      connectTimeoutMs: 100,
    })
    await expect(client.get('k')).rejects.toThrow('There was no answer within 100 ms.')
    await eventually(() => endpoint.connections === 0)

    await using gone = openClient({
      discovery: `elasticache:127.0.0.1:${await freePort()}`,
    })
    await expect(gone.get('k')).rejects.toThrow('cannot be reached')
  })

  it('keeps no process alive, closed or not', async () => {
    const options = JSON.stringify({
      discovery: `elasticache:127.0.0.1:${endpoint.port}`,
      lookup: 0,
    })
    endpoint.nodes = servers.map(({ port }) => `|127.0.0.1|${port}`)
    const printed = await runScript(
      'src/client/index.ts',
      `const options = ${options}; delete options.lookup
      const open = new entry.MemcachedClient(options)
      await open.set('k', 'v')
      const closed = new entry.MemcachedClient(options)
      await closed.get('k')
      await closed.close()
      console.log(open.servers.length)`,
    )
    expect(printed).toBe('3\n')
  })
})
