import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openClient } from '../../support/client.ts'
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
      for (const place of [`unix:${path}`, path]) {
        await using client = openClient(place)

        expect(client.servers).toEqual([path])
        await client.set('k', place)
        expect((await client.get('k'))?.value.toString()).toBe(place)
        expect(client.serverOf('k')).toBe(path)
        const listed: string[] = []
        for await (const { key } of client.keys()) listed.push(key)
        expect(listed).toEqual(['k'])
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it.each(['[::1]', '[::ffff:127.0.0.1]', '[::1%lo]'])(
    'talks to an IPv6 address: %s',
    async (host) => {
      await using listener = await startMemcached(['-l', '::1'])
      await using client = openClient(`${host}:${listener.port}`)

      await client.set('k', 'v')

      expect((await client.get('k'))?.value.toString()).toBe('v')
      expect(client.servers).toEqual([`${host}:${listener.port}`])
    },
  )

  it('tries every address of a name', async () => {
    await using client = openClient({
      servers: `cache.example:${server.port}`,
      lookup: (_, options, callback) => {
        const found = [
          { address: '::1', family: 6 },
          { address: '127.0.0.1', family: 4 },
        ]
        if (options.all === true) callback(null, found)
        else callback(null, '127.0.0.1', 4)
      },
    })

    expect(await client.set('k', 'v')).toBe(true)
  })

  it('fails where `lookup` throws, and says why', async () => {
    await using client = openClient({
      servers: `cache.example:${server.port}`,
      lookup: () => {
        throw new Error('no resolver today')
      },
    })

    await expect(client.get('k')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      message: expect.stringContaining('no resolver today'),
    })
  })

  it('fails where there is no socket, and says why', async () => {
    await using client = openClient('/nowhere/mc.sock')

    await expect(client.get('k')).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      server: '/nowhere/mc.sock',
      message: expect.stringContaining('ENOENT'),
    })
  })

  it('resolves a name with the lookup it was given', async () => {
    const asked: string[] = []
    await using client = openClient({
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
      await using client = openClient(servers.map(({ port }) => `127.0.0.1:${port}`))
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
