import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { serverTiming } from '../../../src/telemetry/index.ts'

async function headerOf(listener: RequestListener): Promise<string | null> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    return (await fetch(`http://127.0.0.1:${port}/`)).headers.get('server-timing')
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('Server-Timing', () => {
  it('tells what a request asked of the caches, and no other request', async () => {
    const cache = new Cache(new MemoryBackend())
    await cache.set('there', 1)
    const site: RequestListener = async (_request, response) => {
      await cache.get('there')
      await cache.get('missing')
      await cache.getOrSet('computed', () => 1)
      response.end('Hello')
    }
    const listener = serverTiming(site, { enabled: true })
    await cache.get('there')

    expect(await headerOf(listener as RequestListener)).toMatch(
      /^cache;desc="1 hit, 0 stale, 2 miss, 0 commands";dur=\d+\.\d, compute;dur=\d+\.\d$/,
    )
    expect(await headerOf(listener as RequestListener)).toMatch(
      /^cache;desc="2 hit, 0 stale, 1 miss/,
    )
  })

  it('stands beside what the application says itself', async () => {
    const listener = serverTiming(
      (_request, response) => {
        response.setHeader('Server-Timing', 'db;dur=5')
        response.writeHead(200, { 'X-Own': 'kept' })
        response.end()
      },
      { enabled: true },
    )

    expect(await headerOf(listener as RequestListener)).toMatch(/^db;dur=5, cache;desc="0 hit/)
  })

  it('is not there unless it is wanted', async () => {
    const site: RequestListener = (_request, response) => void response.end()

    expect(serverTiming(site, { enabled: false })).toBe(site)
    expect(() => serverTiming(site, { enabled: 1 as never })).toThrow('`enabled` is 1')
    expect(() => serverTiming('site' as never)).toThrow('`listener` is "site"')
  })
})
