import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemcachedClient } from '../../../src/client/index.ts'

const told: string[] = []
const listen = (message: unknown): void => {
  const { server, state } = message as { server: string; state: string }
  told.push(`${state} ${server}`)
}

beforeEach(() => subscribe('reprise:server', listen))

afterEach(() => {
  unsubscribe('reprise:server', listen)
  told.length = 0
})

const keys = Array.from({ length: 200 }, (_, i) => `key:${i}`)
const homes = (client: MemcachedClient): string[] => keys.map((key) => client.serverOf(key))

describe('addServer and removeServer', () => {
  it('give a key the home that a client made with those servers gives it', async () => {
    await using client = new MemcachedClient(['a', 'b'])
    await using three = new MemcachedClient(['a', 'b', { server: 'c:1', weight: 3 }])
    await using one = new MemcachedClient('c:1')

    client.addServer({ server: 'c:1', weight: 3 })
    expect(client.servers).toEqual(['a:11211', 'b:11211', 'c:1'])
    expect(client.weights).toEqual([1, 1, 3])
    expect(homes(client)).toEqual(homes(three))

    await client.removeServer('a')
    await client.removeServer({ server: 'b:11211' })
    expect(client.servers).toEqual(['c:1'])
    expect(homes(client)).toEqual(homes(one))
  })

  it('are told on the channel', async () => {
    await using client = new MemcachedClient('a')

    client.addServer('b*2')
    await client.removeServer('a')

    expect(told).toEqual(['added b:11211', 'removed a:11211'])
  })

  it.each([
    ['a', '`server` is "a:11211": it must be a server that is not in `servers`.'],
    ['[::1', '`server` is "[::1"'],
    ['b*0', '`weight` in `server` is 0'],
  ])('refuse to add %s', async (server, message) => {
    await using client = new MemcachedClient('a')

    expect(() => client.addServer(server)).toThrow(message)
    expect(client.servers).toEqual(['a:11211'])
  })

  it.each([
    ['c', '`server` is "c:11211": it must be one of `servers`.'],
    ['a b', '`server` is "a b"'],
  ])('refuse to remove %s', async (server, message) => {
    await using client = new MemcachedClient('a,b')

    await expect(client.removeServer(server)).rejects.toThrow(message)
    expect(client.servers).toEqual(['a:11211', 'b:11211'])
  })

  it('refuse to remove the last server', async () => {
    await using client = new MemcachedClient('a')

    await expect(client.removeServer('a')).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message:
        '`server` is "a:11211": it must be one of several: a client has at least one server.',
    })
  })

  it('are refused once the client is closed, and where servers are discovered', async () => {
    const closed = new MemcachedClient('a,b')
    await closed.close()
    expect(() => closed.addServer('c')).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
    await expect(closed.removeServer('a')).rejects.toMatchObject({ code: 'ERR_CLOSED' })

    await using discovering = new MemcachedClient({ discovery: 'dns:cache.example' })
    const refused = { code: 'ERR_OPTION_INVALID' }
    expect(() => discovering.addServer('c')).toThrow(expect.objectContaining(refused))
    await expect(discovering.removeServer('c')).rejects.toMatchObject(refused)
  })
})
