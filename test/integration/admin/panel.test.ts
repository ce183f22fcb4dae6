import { once } from 'node:events'
import { createServer } from 'node:http'
import express from 'express'
import { describe, expect, it, vi } from 'vitest'
import type { RequestsReply } from '../../../src/admin/api/requests.ts'
import { openCachesDashboard } from './dashboard.ts'

describe('the panel of requests', () => {
  it('tells what each did with the caches, and nothing of the others', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })
    const { admin, caches } = dashboard
    const app = express().use(admin.requestPanel())
    app.get('/city/:name', async (request, response) => {
      await caches.default.get('missing')
      await caches.default.getOrSet(`city:${request.params.name}`, () => 'Lagos')
      response.status(203).send('ok')
    })
    const http = createServer(app).listen(0, '127.0.0.1')
    await once(http, 'listening')
    const address = http.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0

    const idle = await dashboard.get<RequestsReply>('api/requests')
    await Promise.all([
      fetch(`http://127.0.0.1:${port}/city/a?token=secret`),
      fetch(`http://127.0.0.1:${port}/nowhere`),
    ])
    await caches.default.get('outside of a request')

    await vi.waitFor(async () => {
      const { collecting, requests } = await dashboard.get<RequestsReply>('api/requests')
      const city = requests.find(({ path }) => path === '/city/a')
      const nowhere = requests.find(({ path }) => path === '/nowhere')
      expect([idle.collecting, collecting, requests.length]).toEqual([false, true, 2])
      expect(city).toMatchObject({ method: 'GET', status: 203, hits: 0, misses: 2, left: 0 })
      expect(
        city?.calls.map(({ kind, alias, operation, result }) => [kind, alias, operation, result]),
      ).toEqual([
        ['cache', 'default', 'get', 'miss'],
        ['compute', 'default', 'compute', 'done'],
        ['cache', 'default', 'fill', 'stored'],
        ['cache', 'default', 'getOrSet', 'miss'],
      ])
      expect(nowhere).toMatchObject({ status: 404, calls: [] })
      expect(JSON.stringify(requests)).not.toContain('secret')
    })
    http.close()
    http.closeAllConnections()
  })
})
