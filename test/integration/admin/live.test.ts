import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Overview } from '../../../src/admin/overview.ts'
import { FaultProxy } from '../../../src/testing/fault-proxy.ts'
import { startMemcached } from '../../support/memcached.ts'
import { openDashboard } from './dashboard.ts'

/** `stats`, `stats slabs` and `stats items` go out together. */
const COMMANDS_PER_ROUND = 3

describe('the live figures', () => {
  let http: Server | undefined
  afterEach(() => {
    http?.closeAllConnections()
    http?.close()
  })

  it('cost a server one round per second, however many look', async () => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using dashboard = openDashboard([proxy.port])
    const url = await listen(dashboard)
    const tabs = await Promise.all(Array.from({ length: 20 }, () => openTab(url)))
    for (const tab of tabs) await tab.next()
    expect(proxy.commands('stats')).toBe(COMMANDS_PER_ROUND)

    for (let second = 0; second < 5; second++) {
      dashboard.clock.advance(1)
      await Promise.all(tabs.map((tab) => tab.next()))
    }

    expect(proxy.commands('stats')).toBe(COMMANDS_PER_ROUND * 6)
    await Promise.all(tabs.map((tab) => tab.close()))
  })

  it('stop asking when the last one has left', async () => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using dashboard = openDashboard([proxy.port])
    const url = await listen(dashboard)
    const ended = new Promise((resolve) => {
      http?.on('request', (_, response) => response.once('close', resolve))
    })
    const tab = await openTab(url)
    await tab.next()
    await tab.close()
    await ended
    dashboard.clock.advance(1)
    const asked = proxy.commands('stats')

    for (let second = 0; second < 30; second++) {
      dashboard.clock.advance(1)
      await new Promise(setImmediate)
    }

    expect(proxy.commands('stats')).toBe(asked)
  })

  it('go on for ten seconds after the last poll, and begin again with the next', async () => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using dashboard = openDashboard([proxy.port])
    const { clock } = dashboard
    await dashboard.overview()
    for (let second = 0; second < 30; second++) {
      // The sampler sleeps until the next second, or has stopped.
      await vi.waitFor(() => expect(clock.sleepers === 1 || second >= 10).toBe(true))
      clock.advance(1)
      await new Promise(setImmediate)
    }
    await vi.waitFor(() => expect(proxy.commands('stats')).toBe(COMMANDS_PER_ROUND * 10))

    const { seconds } = await dashboard.overview()

    expect(proxy.commands('stats')).toBe(COMMANDS_PER_ROUND * 11)
    expect(seconds).toBeGreaterThan(10)
  })

  it('bring the new point of the curves only, and the figures of the window', async () => {
    await using server = await startMemcached()
    await using dashboard = openDashboard([server.port])
    const tab = await openTab(await listen(dashboard), '?window=10')
    await tab.next()
    dashboard.clock.advance(1)

    const overview = await tab.next()

    expect(overview).toMatchObject({ schemaVersion: 1, windowSeconds: 10, seconds: 1 })
    expect(overview.history.points).toHaveLength(1)
    await tab.close()
  })

  async function listen({ admin }: ReturnType<typeof openDashboard>): Promise<string> {
    http = createServer(admin.node('/admin')).listen(0, '127.0.0.1')
    await once(http, 'listening')
    const address = http.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port')
    return `http://127.0.0.1:${address.port}/admin/api/live`
  }
})

async function openTab(url: string, query = '') {
  const left = new AbortController()
  const response = await fetch(`${url}${query}`, { signal: left.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    /** Waits for the next event. */
    async next(): Promise<Overview> {
      while (!text.includes('\n\n')) {
        const part = await reader?.read()
        if (part === undefined || part.done) throw new Error('the stream has ended')
        text += decoder.decode(part.value, { stream: true })
      }
      const end = text.indexOf('\n\n')
      const [, json = ''] = /^event: sample\ndata: (.*)$/.exec(text.slice(0, end)) ?? []
      text = text.slice(end + 2)
      return JSON.parse(json)
    },
    async close(): Promise<void> {
      left.abort()
      await reader?.closed.catch(() => {})
    },
  }
}
