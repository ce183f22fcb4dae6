import { once } from 'node:events'
import { expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { freePort } from '../support/memcached.ts'

it('says once, on the console, that a server cannot be reached', async () => {
  const server = `127.0.0.1:${await freePort()}`
  await using caches = createCaches({ default: { backend: 'memcached', location: server } })
  const warnings: Error[] = []
  const listen = (warning: Error) => warnings.push(warning)
  process.on('warning', listen)

  const said = once(process, 'warning')
  expect(await caches.default.get('k')).toBeUndefined()
  expect(await caches.default.get('k')).toBeUndefined()
  await said
  await new Promise(setImmediate)
  process.off('warning', listen)

  expect(warnings.map(({ name }) => name)).toEqual(['RepriseWarning'])
  expect(warnings[0]?.message).toContain(`${server} cannot be reached`)
  expect(warnings[0]?.message).toContain('Its keys are misses')
})
