import { createAdmin } from '../../../src/admin/admin.ts'
import type { AdminOptions } from '../../../src/admin/options.ts'
import type { Overview } from '../../../src/admin/overview.ts'
import { type CachesSettings, createCaches } from '../../../src/caches.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

/** A dashboard over real servers whose time moves when it is told to. */
export function openDashboard(ports: readonly number[], options: AdminOptions = {}) {
  const location = ports.map((port) => `127.0.0.1:${port}`)
  return openCachesDashboard({ default: { backend: 'memcached', location } }, options)
}

/** The same over any caches. */
export function openCachesDashboard(settings: CachesSettings, options: AdminOptions = {}) {
  const clock = new FakeClock()
  const caches = createCaches(settings, { clock, env: {} })
  const admin = createAdmin(caches, { clock, env: {}, ...options })
  return {
    admin,
    caches,
    clock,
    async overview(query = ''): Promise<Overview> {
      const request = new Request(`http://localhost/api/overview${query}`)
      const response = await admin.fetch(request, { remoteAddress: '127.0.0.1' })
      return (await response.json()) as Overview
    },
    /** An answer that must be one. */
    async get<T>(path: string): Promise<T> {
      const response = await this.ask(path)
      if (response.status !== 200) throw new Error(`${path}: ${await response.text()}`)
      return (await response.json()) as T
    },
    ask(path: string, init: RequestInit = {}): Promise<Response> {
      const request = new Request(`http://localhost/${path}`, init)
      return admin.fetch(request, { remoteAddress: '127.0.0.1' })
    },
    /** As the page posts it. */
    post(path: string, body: unknown): Promise<Response> {
      const headers = {
        'content-type': 'application/json',
        'x-reprise-admin': '1',
        'sec-fetch-site': 'same-origin',
      }
      return this.ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
    },
    async [Symbol.asyncDispose]() {
      await admin.close()
      await caches.close()
    },
  }
}
