import { createAdmin } from '../../../src/admin/admin.ts'
import type { Overview } from '../../../src/admin/overview.ts'
import { type CachesSettings, createCaches } from '../../../src/caches.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

/** A dashboard over real servers whose time moves when it is told to. */
export function openDashboard(ports: readonly number[]) {
  const location = ports.map((port) => `127.0.0.1:${port}`)
  return openCachesDashboard({ default: { backend: 'memcached', location } })
}

/** The same over any caches. */
export function openCachesDashboard(settings: CachesSettings) {
  const clock = new FakeClock()
  const caches = createCaches(settings, { clock, env: {} })
  const admin = createAdmin(caches, { clock, env: {} })
  return {
    admin,
    caches,
    clock,
    async overview(query = ''): Promise<Overview> {
      const request = new Request(`http://localhost/api/overview${query}`)
      const response = await admin.fetch(request, { remoteAddress: '127.0.0.1' })
      return (await response.json()) as Overview
    },
    async [Symbol.asyncDispose]() {
      await admin.close()
      await caches.close()
    },
  }
}
