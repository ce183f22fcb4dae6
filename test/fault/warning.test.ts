import { once } from 'node:events'
import { expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { MemcachedClient } from '../../src/client/index.ts'
import { freePort } from '../support/memcached.ts'

it.each(['cache', 'client'])('says once, on the console, that a %s finds nobody', async (kind) => {
  const server = `127.0.0.1:${await freePort()}`
  await using caches = createCaches({ default: { backend: 'memcached', location: server } })
  await using client = new MemcachedClient(server)
  const reader = kind === 'cache' ? caches.default : client
  const warnings: Error[] = []
  const listen = (warning: Error) => warnings.push(warning)
  process.on('warning', listen)

  const said = once(process, 'warning')
  expect(await reader.get('k')).toBeUndefined()
  expect(await reader.get('k')).toBeUndefined()
  await said
  await new Promise(setImmediate)
  process.off('warning', listen)

  expect(warnings.map(({ name }) => name)).toEqual(['RepriseWarning'])
  expect(warnings[0]?.message).toContain(`${server} cannot be reached`)
  expect(warnings[0]?.message).toContain('Its keys are misses')
})
