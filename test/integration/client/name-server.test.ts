import { Resolver } from 'node:dns/promises'
import { connect } from 'node:net'
import { expect, it, vi } from 'vitest'
import { openClient } from '../../support/client.ts'
import { startMemcached } from '../../support/memcached.ts'
import { startNameServer } from '../../support/name-server.ts'
import { askOn } from '../../support/raw.ts'

function resolverAt(address: string): Resolver {
  const resolver = new Resolver({ timeout: 20_000, tries: 1 })
  resolver.setServers([address])
  return resolver
}

it('finds its servers through a name server', async () => {
  await using names = await startNameServer(['127.0.0.2', '127.0.0.1'])
  await using server = await startMemcached()
  const { port } = server
  const place = { host: '127.0.0.2', port }
  const stats = (): Promise<string> => askOn(connect(port, place.host), 'stats\r\n')
  await using _ = await startMemcached([], { ...place, stats })
  const resolver = resolverAt(names.address)
  await using client = openClient({
    discovery: { kind: 'dns', name: 'cache.example', port, resolver },
  })

  expect(await client.set('k', 'v')).toBe(true)
  expect(client.servers).toEqual([`127.0.0.1:${port}`, `127.0.0.2:${port}`])
})

it('asks nothing any more once nobody waits for the answer', async () => {
  await using names = await startNameServer(undefined)
  const resolver = resolverAt(names.address)
  const cancel = vi.spyOn(resolver, 'cancel')
  const client = openClient({
    discovery: { kind: 'dns', name: 'cache.example', port: 11_211, resolver },
    connectTimeoutMs: 100,
  })

  await expect(client.get('k')).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
  await client.close()
  expect(names.asked).toBeGreaterThan(0)
  expect(cancel).toHaveBeenCalled()
})
