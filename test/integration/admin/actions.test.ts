import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ActionReply, AuditReply } from '../../../src/admin/api/actions.ts'
import type { AdminPermission } from '../../../src/admin/api/session.ts'
import type { ActionMessage } from '../../../src/channels.ts'
import { MemcachedClient } from '../../../src/client/client.ts'
import { startMemcached } from '../../support/memcached.ts'
import { openCachesDashboard, openDashboard } from './dashboard.ts'

const seen: ActionMessage[] = []
const note = (message: unknown): void => void seen.push(message as ActionMessage)
beforeEach(() => {
  seen.length = 0
  subscribe('reprise:action', note)
})
afterEach(() => unsubscribe('reprise:action', note))

describe('an action', () => {
  it('clears an alias, and leaves what is next to it', async () => {
    await using server = await startMemcached()
    const location = `127.0.0.1:${server.port}`
    await using dashboard = openCachesDashboard({
      default: { backend: 'memcached', location, keyPrefix: 'a' },
      other: { backend: 'memcached', location, keyPrefix: 'b' },
    })
    const [mine, other] = [dashboard.caches.get('default'), dashboard.caches.get('other')]
    await mine.set('k', 1)
    await mine.set('k', 1, { version: 2 })
    await other.set('k', 2)

    const response = await dashboard.post('api/actions/clear', {
      alias: 'default',
      confirm: 'default',
    })

    expect(await response.json()).toMatchObject({ ok: true, complete: true })
    expect([
      await mine.get('k'),
      await mine.get('k', { version: 2 }),
      await other.get('k'),
    ]).toEqual([undefined, undefined, 2])
  })

  it('invalidates tags', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })
    const cache = dashboard.caches.default
    await cache.set('tagged', 1, { tags: ['rates'] })
    await cache.set('plain', 2)

    const response = await dashboard.post('api/actions/invalidate-tags', {
      alias: 'default',
      tags: ['rates'],
      mode: 'hard',
    })

    expect(await response.json()).toMatchObject({ ok: true, count: 1 })
    expect([await cache.get('tagged'), await cache.get('plain')]).toEqual([undefined, 2])
  })

  it('deletes a key of an alias, and one as it is on the server', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = openDashboard([server.port])
    const cache = dashboard.caches.default
    await cache.set('a', 1)
    await cache.set('b', 1)
    await client.set('theirs', 'v')

    const own = await replyOf(
      dashboard.post('api/actions/delete-key', { alias: 'default', key: 'a' }),
    )
    const theirs = await replyOf(dashboard.post('api/actions/delete-key', { key: 'theirs' }))
    const gone = await replyOf(dashboard.post('api/actions/delete-key', { key: 'theirs' }))

    expect([own.count, theirs.count, gone.count]).toEqual([1, 1, 0])
    expect([await cache.get('a'), await cache.get('b'), await client.get('theirs')]).toEqual([
      undefined,
      1,
      undefined,
    ])
  })

  it('counts the keys of a prefix, then deletes as many as it may', async () => {
    await using one = await startMemcached()
    await using other = await startMemcached()
    await using dashboard = openDashboard([one.port, other.port])
    const cache = dashboard.caches.default
    for (let i = 0; i < 25; i++) await cache.set(`user:${i}`, i)
    // Longer than a key may be: hashed on the server.
    await cache.set(`user:${'x'.repeat(300)}`, 'long')
    await cache.set('shop', 'stays')
    const del = (body: object) => replyOf(dashboard.post('api/actions/delete-prefix', body))

    const counted = await del({ prefix: ':1:user:', dryRun: true })
    const some = await del({ prefix: ':1:user:', limit: 10, confirm: ':1:user:' })
    const rest = await del({ prefix: ':1:user:', confirm: ':1:user:' })

    expect([counted.count, counted.complete]).toEqual([26, true])
    expect([some.count, some.complete]).toEqual([10, false])
    expect([rest.count, rest.complete]).toEqual([16, true])
    expect(await cache.get('shop')).toBe('stays')
  })

  it('empties one server, and not the next', async () => {
    await using one = await startMemcached()
    await using other = await startMemcached()
    await using first = new MemcachedClient(`127.0.0.1:${one.port}`)
    await using second = new MemcachedClient(`127.0.0.1:${other.port}`)
    await using dashboard = openDashboard([one.port, other.port])
    await first.set('k', 'v')
    await second.set('k', 'v')
    const server = `127.0.0.1:${one.port}`

    const wrong = await dashboard.post('api/actions/flush-server', { server, confirm: 'yes' })
    const kept = await first.get('k')
    const right = await dashboard.post('api/actions/flush-server', { server, confirm: server })

    expect([wrong.status, right.status]).toEqual([400, 200])
    expect(kept).toBeDefined()
    expect(await first.get('k')).toBeUndefined()
    expect(await second.get('k')).toBeDefined()
  })

  it('says what the server says where that does not do it', async () => {
    await using server = await startMemcached(['-F'])
    await using dashboard = openDashboard([server.port])
    const name = `127.0.0.1:${server.port}`

    const response = await dashboard.post('api/actions/flush-server', {
      server: name,
      confirm: name,
    })

    expect(response.status).toBe(502)
    expect(await response.text()).toContain('flush_all not allowed')
    expect(seen).toMatchObject([{ action: 'flush-server', server: name, result: 'failed' }])
  })

  it.each([
    ['clear', { alias: 'default' }],
    ['clear', { alias: 'default', confirm: 'other' }],
    ['invalidate-tags', { alias: 'default', tags: [] }],
    ['invalidate-tags', { alias: 'default', tags: 'rates' }],
    ['invalidate-tags', { alias: 'default', tags: ['t'], mode: 'softly' }],
    ['delete-key', { alias: 'default' }],
    ['delete-key', { key: '' }],
    ['delete-key', { key: '\ud800' }],
    ['delete-prefix', { prefix: '', confirm: '' }],
    ['delete-prefix', { prefix: 'a' }],
    ['delete-prefix', { prefix: 'a', confirm: 'a', limit: 10_001 }],
    ['delete-prefix', { prefix: 'a', confirm: 'a', limit: 0 }],
  ])('refuses %s of %j', async (action, body) => {
    await using dashboard = openDashboard([1])

    expect((await dashboard.post(`api/actions/${action}`, body)).status).toBe(400)
  })

  it.each([
    ['clear', { alias: 'evil', confirm: 'evil' }],
    ['flush-server', { server: '169.254.169.254:80', confirm: '169.254.169.254:80' }],
  ])('knows no alias and no server but its own: %s', async (action, body) => {
    await using dashboard = openDashboard([1])

    expect((await dashboard.post(`api/actions/${action}`, body)).status).toBe(404)
  })
})

describe('an action that is not allowed', () => {
  const ACTIONS: [string, AdminPermission, object][] = [
    ['clear', 'bump', { alias: 'default', confirm: 'default' }],
    ['invalidate-tags', 'invalidate', { alias: 'default', tags: ['t'] }],
    ['delete-key', 'delete', { alias: 'default', key: 'k' }],
    ['delete-prefix', 'delete', { prefix: 'a', dryRun: true }],
  ]

  it.each(ACTIONS)('is refused without its permission: %s', async (action, needed, body) => {
    const all: AdminPermission[] = [
      'view',
      'values',
      'bump',
      'invalidate',
      'delete',
      'flush',
      'watch',
    ]
    const permissions = all.filter((one) => one !== needed)
    await using dashboard = openCachesDashboard(
      { default: 'memory://' },
      { authorize: () => ({ name: 'ada', permissions }) },
    )
    await dashboard.caches.default.set('k', 'v')

    const response = await dashboard.post(`api/actions/${action}`, body)

    expect(response.status).toBe(403)
    expect(await dashboard.caches.default.get('k')).toBe('v')
    expect(seen).toMatchObject([{ actor: 'ada', action, result: 'refused' }])
  })

  it.each(ACTIONS)(
    'is refused in production unless somebody said otherwise: %s',
    async (action, _, body) => {
      const settings = { default: 'memory://' } as const
      const inProduction = { authorize: () => 'ada', env: { NODE_ENV: 'production' } }
      await using closed = openCachesDashboard(settings, inProduction)
      await using open = openCachesDashboard(settings, { ...inProduction, readOnly: false })

      expect((await closed.post(`api/actions/${action}`, body)).status).toBe(403)
      expect((await open.post(`api/actions/${action}`, body)).status).not.toBe(403)
    },
  )

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': 'none' }],
    [{ 'sec-fetch-site': undefined }],
    [{ 'sec-fetch-site': undefined, origin: 'http://evil.example' }],
    [{ 'sec-fetch-site': undefined, origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site', origin: 'http://localhost' }],
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'content-type': undefined }],
    [{ 'x-reprise-admin': undefined }],
  ])('is refused where a foreign page may have sent it: %j', async (changed) => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })
    await dashboard.caches.default.set('k', 'v')

    const response = await dashboard.ask('api/actions/delete-key', {
      method: 'POST',
      headers: headersWith(changed),
      body: JSON.stringify({ alias: 'default', key: 'k' }),
    })

    expect(response.status).toBe(403)
    expect(await dashboard.caches.default.get('k')).toBe('v')
  })

  it('is taken from a browser that sends no fetch metadata, by its origin', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })

    const response = await dashboard.ask('api/actions/delete-key', {
      method: 'POST',
      headers: headersWith({ 'sec-fetch-site': undefined, origin: 'http://localhost' }),
      body: JSON.stringify({ alias: 'default', key: 'k' }),
    })

    expect(response.status).toBe(200)
  })

  it.each(['', '[]', '"x"', '{', 'null', JSON.stringify({ key: 'x'.repeat(17_000) })])(
    'is refused with another body than a small object',
    async (body) => {
      await using dashboard = openCachesDashboard({ default: 'memory://' })

      const response = await dashboard.ask('api/actions/delete-key', {
        method: 'POST',
        headers: headersWith({}),
        body,
      })

      expect(response.status).toBe(400)
    },
  )

  it('is no other method, and no other name', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })

    expect((await dashboard.ask('api/actions/delete-key?alias=default&key=k')).status).toBe(405)
    expect((await dashboard.post('api/actions/stats-reset', {})).status).toBe(405)
    expect((await dashboard.post('api/actions/constructor', {})).status).toBe(405)
  })
})

describe('the record of actions', () => {
  it('tells who did what, without keys', async () => {
    await using dashboard = openCachesDashboard(
      { default: 'memory://' },
      { authorize: () => 'ada' },
    )
    await dashboard.post('api/actions/delete-key', {
      alias: 'default',
      key: 'user:ada@example.org',
    })
    await dashboard.post('api/actions/invalidate-tags', { alias: 'default', tags: ['ada'] })

    const { entries } = await dashboard.get<AuditReply>('api/audit')

    expect(seen).toEqual([
      { actor: 'ada', action: 'delete-key', target: 'key', alias: 'default', result: 'done' },
      { actor: 'ada', action: 'invalidate-tags', target: 'tags', alias: 'default', result: 'done' },
    ])
    expect(entries.map(({ action, target, result }) => [action, target, result])).toEqual([
      ['invalidate-tags', 'default', 'done'],
      ['delete-key', 'default: a key', 'done'],
    ])
  })

  it('tells no key by what went wrong, either', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' })
    const key = 'secret\ud800'
    const response = await dashboard.post('api/actions/delete-key', { alias: 'default', key })

    const { entries } = await dashboard.get<AuditReply>('api/audit')

    expect(response.status).toBe(400)
    expect(JSON.stringify([seen, entries])).not.toContain('secret')
    expect(entries[0]).toMatchObject({ result: 'failed', message: 'It failed: ERR_KEY_INVALID.' })
  })

  it('tells keys where that is asked for', async () => {
    await using dashboard = openCachesDashboard({ default: 'memory://' }, { auditKeys: true })
    await dashboard.post('api/actions/delete-key', { alias: 'default', key: 'k' })

    const { entries } = await dashboard.get<AuditReply>('api/audit')

    expect(seen).toMatchObject([{ key: 'k' }])
    expect(entries[0]?.target).toBe('default: k')
  })
})

async function replyOf(response: Promise<Response>): Promise<ActionReply> {
  return (await (await response).json()) as ActionReply
}

function headersWith(changed: Readonly<Record<string, string | undefined>>): Headers {
  const usual = {
    'content-type': 'application/json',
    'x-reprise-admin': '1',
    'sec-fetch-site': 'same-origin',
    host: 'localhost',
    ...changed,
  }
  const headers = new Headers()
  for (const [name, value] of Object.entries(usual))
    if (value !== undefined) headers.set(name, value)
  return headers
}
