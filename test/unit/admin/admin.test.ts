import { afterEach, describe, expect, it } from 'vitest'
import { type Admin, createAdmin } from '../../../src/admin/admin.ts'
import type { AdminOptions } from '../../../src/admin/options.ts'
import type { Overview } from '../../../src/admin/overview.ts'
import { createCaches } from '../../../src/caches.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

const ROUTES = [
  '/',
  '/index.html',
  '/icon.svg',
  '/assets/index.js',
  '/api/overview',
  '/api/live',
  '/api/session',
  '/api/history',
  '/api/aliases',
  '/api/pages',
  '/api/fragments',
  '/api/keys',
  '/api/key',
  '/api/servers',
  '/api/slabs',
  '/api/connections',
  '/api/hot-keys',
  '/api/health',
  '/api/audit',
  '/api/requests',
  '/nowhere',
]
const POSTED = [
  '/api/watch',
  '/api/actions/clear',
  '/api/actions/invalidate-tags',
  '/api/actions/delete-key',
  '/api/actions/delete-prefix',
  '/api/actions/flush-server',
]
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']
const LOCAL = { remoteAddress: '127.0.0.1' }
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

let admin: Admin
afterEach(() => admin.close())

describe('a dashboard that is closed', () => {
  it.each([
    [
      'in production without authorize',
      { env: { NODE_ENV: 'production' } },
      '127.0.0.1',
      'localhost',
    ],
    ['to a foreign peer', { env: {} }, '10.0.0.9', 'localhost'],
    ['to an unknown peer', { env: {} }, undefined, 'localhost'],
    ['under a foreign name', { env: {} }, '127.0.0.1', 'evil.example'],
    ['where authorize says no', { authorize: refuse }, '127.0.0.1', 'localhost'],
    ['where authorize throws', { authorize: fail, env: {} }, '127.0.0.1', 'localhost'],
  ])('answers 403 on every route and method %s', async (_, options: AdminOptions, peer, host) => {
    admin = open(options)
    for (const route of [...ROUTES, ...POSTED]) {
      for (const method of METHODS) {
        const response = await ask(route, { method, host, peer })

        expect([route, method, response.status]).toEqual([route, method, 403])
        expectSafeHeaders(response)
      }
    }
  })

  it('says what to set, to whoever asks in production', async () => {
    admin = open({ env: { NODE_ENV: 'production' } })

    expect(await (await ask('/')).text()).toContain('Pass `authorize` to createAdmin')
  })

  it('closes when production is declared after it was made', async () => {
    const env: Record<string, string> = {}
    admin = open({ env })
    env.NODE_ENV = 'production'

    expect((await ask('/api/overview')).status).toBe(403)
  })
})

describe('a dashboard that is open', () => {
  it('answers whom authorize names, from anywhere, in production', async () => {
    admin = open({ authorize: () => 'alice', env: { NODE_ENV: 'production' } })

    const response = await ask('/api/overview', { peer: '203.0.113.5', host: 'shop.example' })

    expect(response.status).toBe(200)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'refuses %s on every route',
    async (method) => {
      admin = open({ env: {} })
      for (const route of ROUTES) {
        const response = await ask(route, { method })

        expect([route, response.status, response.headers.get('allow')]).toEqual([
          route,
          405,
          'GET, HEAD',
        ])
      }
    },
  )

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])(
    'takes no %s for what changes something',
    async (method) => {
      admin = open({ env: {} })
      for (const route of POSTED) {
        const response = await ask(route, { method })

        expect([route, response.status, response.headers.get('allow')]).toEqual([
          route,
          405,
          'POST',
        ])
      }
    },
  )

  it('has the same headers on everything', async () => {
    admin = open({ env: {} })
    for (const route of ROUTES) {
      for (const method of METHODS) expectSafeHeaders(await ask(route, { method }))
    }
  })

  it('answers HEAD without a body', async () => {
    admin = open({ env: {} })

    const responses = await Promise.all(ROUTES.map((route) => ask(route, { method: 'HEAD' })))

    expect(responses.map(({ body }) => body)).toEqual(ROUTES.map(() => null))
  })

  it.each([
    '/nowhere',
    '/../secret',
    '/%2e%2e/admin.ts',
    '/assets/',
    '/api',
    '/api/overview/',
    '//evil.example',
  ])('answers 404 to %s', async (route) => {
    admin = open({ env: {} })

    expect((await ask(route)).status).toBe(404)
  })

  it('says that its pages are not built, where they are not', async () => {
    admin = open({ env: {} })

    const response = await ask('/')

    expect([response.status, await response.text()]).toEqual([
      503,
      'The dashboard is not built: dist/admin/ui is missing. Run `npm run build` in the reprise package.\n',
    ])
  })

  it('leads to its slash by a relative address', async () => {
    admin = open({ env: {} })

    const response = await ask('/admin/cache', { basePath: '/admin/cache' })

    expect([response.status, response.headers.get('location')]).toEqual([307, './cache/'])
  })

  it('answers 404 outside of its base path', async () => {
    admin = open({ env: {} })

    expect((await ask('/admin/cached/', { basePath: '/admin/cache' })).status).toBe(404)
    expect((await ask('/other/', { basePath: '/admin/cache' })).status).toBe(404)
  })

  it.each(['0', '601', '1.5', '-1', 'x', '', '1e2'])('refuses a window of %j', async (window) => {
    admin = open({ env: {} })

    expect((await ask(`/api/overview?window=${window}`)).status).toBe(400)
  })

  it('answers 503 once it is closed', async () => {
    admin = open({ env: {} })
    await admin.close()

    expect((await ask('/api/overview')).status).toBe(503)
  })

  it('describes its aliases, and takes none from the request', async () => {
    const clock = new FakeClock()
    const caches = createCaches({
      default: { keyPrefix: '<img/src=x/onerror=alert(1)>', ttl: Infinity },
      other: { keyPrefix: 'o', version: 7, ttl: '15m' },
    })
    admin = createAdmin(caches, { env: {}, clock, title: 'Shop' })

    const response = await ask('/api/overview?server=169.254.169.254:80&alias=evil')

    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({
      schemaVersion: 1,
      title: 'Shop',
      environment: 'development',
      readOnly: false,
      atMs: clock.now(),
      sampleMs: 1000,
      windowSeconds: 1,
      seconds: null,
      total: { servers: 0, serversUp: 0, hitRatio: null },
      servers: [],
      aliases: [
        {
          alias: 'default',
          backend: 'memory',
          keyPrefix: '<img/src=x/onerror=alert(1)>',
          version: '1',
          ttl: null,
        },
        { alias: 'other', backend: 'memory', keyPrefix: 'o', version: '7', ttl: 900 },
      ],
      history: { points: [{ hitRatio: null, servers: [] }], markers: [] },
    })
  })

  it('gives the figures of an alias in memory, of the interval and since the start', async () => {
    const clock = new FakeClock()
    const caches = createCaches({ default: 'memory://' }, { clock })
    admin = createAdmin(caches, { env: {}, clock })
    await use(caches.default, { sets: 1, hits: 1, misses: 3 })
    await ask('/api/overview')
    await use(caches.default, { sets: 4, hits: 30, misses: 10 })
    clock.advance(2)

    const overview = await (await ask('/api/overview')).json()
    const { application, aliases } = overview as Overview

    expect(aliases[0]).toMatchObject({
      hitRatio: 0.75,
      getsPerSecond: 20,
      setsPerSecond: 2,
      stalePerSecond: 0,
      errors: 0,
      hitRatioSinceStart: 31 / 44,
    })
    expect(application).toMatchObject({ hitRatio: 0.75, getsPerSecond: 20 })
  })

  it('counts what getOrSet stores as a set, and what it returns as a miss', async () => {
    const clock = new FakeClock()
    const caches = createCaches({ default: 'memory://' }, { clock })
    admin = createAdmin(caches, { env: {}, clock })
    await ask('/api/overview')
    await caches.default.getOrSet('k', () => 'v')
    await caches.default.getOrSet('k', () => 'v')
    clock.advance(1)

    const { aliases } = (await (await ask('/api/overview')).json()) as Overview

    expect(aliases[0]).toMatchObject({ hitRatio: 0.5, getsPerSecond: 2, setsPerSecond: 1 })
  })
})

describe('createAdmin', () => {
  it.each([
    ['sampleMs', 999],
    ['sampleMs', 1500.5],
    ['title', 7],
    ['readOnly', 'no'],
    ['authorize', 'alice'],
  ])('refuses %s: %j', (option, value) => {
    const caches = createCaches({ default: 'memory://' })

    expect(() => createAdmin(caches, { [option]: value })).toThrow(`\`${option}\` is`)
  })
})

interface Ask {
  readonly method?: string
  readonly host?: string
  readonly peer?: string | undefined
  readonly basePath?: string
}

function open(options: AdminOptions): Admin {
  return createAdmin(createCaches({ default: 'memory://' }), { clock: new FakeClock(), ...options })
}

function ask(route: string, how: Ask = {}): Promise<Response> {
  const { method = 'GET', host = 'localhost:3000', basePath = '' } = how
  const request = new Request(`http://localhost:3000${route}`, { method, headers: { host } })
  const remoteAddress = 'peer' in how ? how.peer : LOCAL.remoteAddress
  return admin.fetch(request, { remoteAddress, basePath })
}

function expectSafeHeaders({ headers }: Response): void {
  expect(headers.get('content-security-policy')).toBe(POLICY)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('cache-control')).toMatch(/^no-store(, no-transform)?$/)
  expect(headers.get('x-robots-tag')).toContain('noindex')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.has('access-control-allow-origin')).toBe(false)
}

function refuse(): false {
  return false
}

function fail(): never {
  throw new Error('the session store is down')
}

interface Used {
  get(key: string): Promise<unknown>
  set(key: string, value: string): Promise<void>
}

async function use(cache: Used, counts: { sets: number; hits: number; misses: number }) {
  for (let i = 0; i < counts.sets; i++) await cache.set('there', 'v')
  for (let i = 0; i < counts.hits; i++) await cache.get('there')
  for (let i = 0; i < counts.misses; i++) await cache.get('not there')
}
