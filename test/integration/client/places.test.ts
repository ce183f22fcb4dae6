import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemcachedClient } from '../../../src/client/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

let server: MemcachedServer

beforeAll(async () => {
  server = await startMemcached()
})

afterAll(() => server.kill())

describe('places', () => {
  it('talks over a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reprise-'))
    const path = join(folder, 'mc.sock')
    // memcached makes the socket as `nobody`.
    await chmod(folder, 0o777)
    try {
      await using _server = await startMemcached([], { path })
      await using client = new MemcachedClient(`unix:${path}`)

      expect(client.servers).toEqual([path])
      await client.set('k', 'v')
      expect((await client.get('k'))?.value.toString()).toBe('v')
      expect(client.serverOf('k')).toBe(path)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('resolves a name with the lookup it was given', async () => {
    const asked: string[] = []
    await using client = new MemcachedClient({
      servers: `cache.example:${server.port}`,
      lookup: (hostname, options, callback) => {
        asked.push(hostname)
        if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
        else callback(null, '127.0.0.1', 4)
      },
    })

    await client.set('k', 'v')

    expect(asked).toEqual(['cache.example'])
  })

  it('spreads keys over three servers and reads them back', async () => {
    const servers = [await startMemcached(), await startMemcached(), await startMemcached()]
    try {
      await using client = new MemcachedClient(servers.map(({ port }) => `127.0.0.1:${port}`))
      const keys = Array.from({ length: 300 }, (_, i) => `spread:${i}`)

      await Promise.all(keys.map((key) => client.set(key, key)))

      const found = await client.getMany(keys)
      expect(keys.every((key) => found.get(key)?.value.toString() === key)).toBe(true)
      const homes = new Map<string, number>()
      for await (const { server, key } of client.keys()) {
        expect(server).toBe(client.serverOf(key))
        homes.set(server, (homes.get(server) ?? 0) + 1)
      }
      expect(homes.size).toBe(3)
      for (const count of homes.values()) expect(count).toBeGreaterThan(60)
    } finally {
      await Promise.all(servers.map((each) => each.kill()))
    }
  })
})
