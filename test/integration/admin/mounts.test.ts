import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { connect } from 'node:net'
import express from 'express'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Admin, createAdmin } from '../../../src/admin/admin.ts'
import type { AdminOptions } from '../../../src/admin/options.ts'
import { createCaches } from '../../../src/caches.ts'

let http: Server | undefined
let admin: Admin | undefined
afterEach(async () => {
  http?.closeAllConnections()
  http?.close()
  await admin?.close()
})

describe('admin.express', () => {
  it('leads to its slash and answers below it, wherever it is mounted', async () => {
    admin = open()
    const inner = express.Router().use('/cache', admin.express())
    const port = await listen(express().use('/admin/:tenant', inner))

    const bare = await get(port, '/admin/shop/cache')
    const overview = await get(port, '/admin/shop/cache/api/overview?window=10')

    expect([bare.status, bare.headers.get('location')]).toEqual([307, './cache/'])
    expect(await overview.json()).toMatchObject({ schemaVersion: 1, windowSeconds: 10 })
  })

  it('leads to no other site, whatever the path looks like', async () => {
    admin = open()
    const port = await listen(express().use(/^\/\/evil\.example/, admin.express()))

    const response = await get(port, '//evil.example')

    expect(response.headers.get('location')).toBe('./evil.example/')
  })

  it('leaves other paths to the application', async () => {
    admin = open()
    const app = express().use('/admin', admin.express())
    app.get('/administration', (_, response) => void response.send('theirs'))
    const port = await listen(app)

    expect(await (await get(port, '/administration')).text()).toBe('theirs')
  })

  it('hands authorize what earlier middleware left on the request', async () => {
    admin = open({
      authorize: (_, { incoming }) => (incoming as { user?: string } | undefined)?.user ?? false,
      env: { NODE_ENV: 'production' },
    })
    const app = express()
    app.use((request, _, next) => {
      if (request.headers.cookie === 'session=1') Object.assign(request, { user: 'alice' })
      next()
    })
    const port = await listen(app.use('/admin', admin.express()))

    const known = await get(port, '/admin/api/overview', { cookie: 'session=1' })
    const stranger = await get(port, '/admin/api/overview')

    expect([known.status, stranger.status]).toEqual([200, 403])
  })
})

describe('admin.node', () => {
  it('answers at the root of a server of its own', async () => {
    admin = open()
    const port = await listen(admin.node())

    expect((await get(port, '/api/overview')).status).toBe(200)
    expect((await get(port, '/nowhere')).status).toBe(404)
  })

  it('answers below its base path only', async () => {
    admin = open()
    const port = await listen(admin.node('/ops/cache/'))

    expect((await get(port, '/ops/cache/api/overview')).status).toBe(200)
    expect((await get(port, '/ops/cache')).headers.get('location')).toBe('./cache/')
    expect((await get(port, '/api/overview')).status).toBe(404)
  })

  it('refuses a browser that was led here by a foreign name', async () => {
    admin = open()
    const port = await listen(admin.node())

    const answer = await raw(port, 'GET /api/overview HTTP/1.1\r\nHost: evil.example\r\n')

    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
  })

  it('refuses two hosts, of which one is right', async () => {
    admin = open()
    const port = await listen(admin.node())

    const answer = await raw(port, 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n')

    expect(answer).toMatch(/^HTTP\/1\.1 40[03] /)
  })

  it('takes no target with a host of its own', async () => {
    admin = open()
    const port = await listen(admin.node())

    const answer = await raw(port, 'GET http://10.0.0.1:11211/ HTTP/1.1\r\nHost: localhost\r\n')

    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('refuses a form that is posted, without reading it', async () => {
    admin = open()
    const port = await listen(admin.node())

    const response = await fetch(`http://127.0.0.1:${port}/api/overview`, {
      method: 'POST',
      body: 'x'.repeat(1_000_000),
    })

    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('survives a client that leaves before it is answered', async () => {
    let decideFirst: (actor: string) => void = () => {}
    const first = new Promise<string>((resolve) => {
      decideFirst = resolve
    })
    let asked = 0
    admin = open({ authorize: () => (++asked === 1 ? first : 'alice') })
    const port = await listen(admin.node())
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await vi.waitFor(() => expect(asked).toBe(1))

    socket.destroy()
    await vi.waitFor(async () => expect(await openSockets()).toBe(0))
    decideFirst('alice')

    expect(await raw(port, 'GET /api/overview HTTP/1.1\r\nHost: localhost\r\n')).toMatch(
      /^HTTP\/1\.1 200 /,
    )
  })
})

function openSockets(): Promise<number> {
  return new Promise((resolve) => {
    http?.getConnections((_, count) => resolve(count))
  })
}

function open(options: AdminOptions = {}): Admin {
  return createAdmin(createCaches({ default: 'memory://' }), { env: {}, ...options })
}

async function listen(listener: RequestListener): Promise<number> {
  http = createServer(listener).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function get(port: number, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', headers })
}

/** Sends `head` as it is and returns what came until the server ended the connection. */
async function raw(port: number, head: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`${head}Connection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}
