import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../support/http.ts'
import {
  type EquippedHost,
  type EquippedSite,
  ORIGINS,
  type Order,
  type SessionKind,
  startEquipped,
  TEXT,
} from './equipment.ts'

const isHit = ({ headers }: Reply) => /^reprise; hit/.test(String(headers['cache-status']))

/** What the sessions of all frameworks call their cookies. */
const SESSIONS = ['connect.sid', 'sessionId', 'koa.sess', 'id']

/** How many lines of each name there are. */
const linesOf = ({ rawHeaders }: Reply, name: string) =>
  rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === name).length

/** The cookie that a browser would send from now on. */
function cookieOf({ headers }: Reply): string {
  return (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')
}

/** As a browser says of a form of the same site. */
const SAME_SITE = { 'Sec-Fetch-Site': 'same-origin' }

async function signIn(site: EquippedSite, name: string): Promise<string> {
  const headers = { ...SAME_SITE, 'X-Name': name }
  return cookieOf(await site.ask('/login', { method: 'POST', headers }))
}

/** The names of all fields of an answer that a policy of Helmet or Hono gives. */
const POLICY = ['x-frame-options', 'x-content-type-options', 'content-security-policy']

/** That pages are cached, and nobody's are another's, among the middleware of others. */
export function middlewareContract(name: string, host: EquippedHost, order: Order): void {
  describe(`${name}, ${order}: middleware`, () => {
    it('keeps the page of an anonymous visitor behind all of it, the same byte for byte', async () => {
      const all = { compress: true, session: 'lazy', helmet: 'plain', cors: 'varied' } as const
      await using site = await startEquipped(host, order, all)
      const plain = { headers: { 'Accept-Encoding': 'identity' } }
      const packed = { headers: { 'Accept-Encoding': 'gzip' } }

      // The packed one first: from a plain one `@fastify/compress` leaves out what it depends on.
      const gzip = await site.ask('/', packed)
      const first = await site.ask('/', plain)
      const hits = [await site.ask('/', packed), await site.ask('/', plain)]
      const [gzipHit = gzip, hit = first] = hits

      expect(hits.map(isHit)).toEqual([true, true])
      expect(site.renders).toBeLessThanOrEqual(2)
      expect([first.text, hit.text]).toEqual([TEXT, TEXT])
      for (const { body, headers } of [gzip, gzipHit]) {
        expect(gunzipSync(body).toString()).toBe(TEXT)
        expect(headers['content-encoding']).toBe('gzip')
        expect(headers.vary?.toLowerCase()).toContain('accept-encoding')
      }
      for (const reply of [first, gzip, ...hits]) {
        expect(reply.headers['set-cookie']).toBe(undefined)
        expect(POLICY.map((field) => linesOf(reply, field))).toEqual([1, 1, 1])
      }
      expect(hit.headers['content-encoding']).toBe(undefined)
      for (const field of POLICY) expect(hit.headers[field]).toBe(first.headers[field])
    })

    it('never compresses twice where both do', async () => {
      await using site = await startEquipped(
        host,
        order,
        { compress: true },
        { compress: ['gzip'] },
      )
      const asked = { headers: { 'Accept-Encoding': 'gzip' } }
      for (const question of [asked, {}]) await site.ask('/', question)

      const gzip = await site.ask('/', asked)
      const plain = await site.ask('/')

      expect([gzip, plain].map(isHit)).toEqual([true, true])
      expect([gzip.headers['content-encoding'], gunzipSync(gzip.body).toString()]).toEqual([
        'gzip',
        TEXT,
      ])
      expect([plain.headers['content-encoding'], plain.text]).toEqual([undefined, TEXT])
    })

    it('64: gives no nonce of a policy to two visitors', async () => {
      await using site = await startEquipped(host, order, { helmet: 'nonce' })

      const replies = [await site.ask('/nonce'), await site.ask('/nonce')]

      const nonces = replies.map(({ text }) => /nonce="([^"]+)"/.exec(text)?.[1] ?? '')
      expect(new Set(nonces).size).toBe(2)
      for (const [i, { headers }] of replies.entries()) {
        expect(headers['content-security-policy']).toContain(`'nonce-${nonces[i]}'`)
      }
    })

    it.each<SessionKind>(['lazy', 'eager', 'rolling'])(
      '1: gives no visitor the page or the cookie of another session (%s)',
      async (session) => {
        await using site = await startEquipped(host, order, { session })

        const ann = await site.ask('/visits')
        const bob = await site.ask('/visits')
        const again = [ann, bob].map((reply) =>
          site.ask('/visits', { headers: { Cookie: cookieOf(reply) } }),
        )
        const third = await site.ask('/visits')

        expect([ann.text, bob.text, third.text]).toEqual(['visitor 1', 'visitor 2', 'visitor 3'])
        const cookies = [ann, bob, third].map(cookieOf)
        expect(cookies).not.toContain('')
        expect(new Set(cookies).size).toBe(3)
        expect((await Promise.all(again)).map(({ text }) => text)).toEqual([
          'visitor 1',
          'visitor 2',
        ])
      },
    )

    it.each([false, true])(
      '1: gives the page of who sent a tag to nobody else (%s)',
      async (etag) => {
        await using site = await startEquipped(host, order, { session: 'lazy', etag })
        const conditional = { headers: { 'If-None-Match': '*' } }

        await site.ask('/visits', conditional)
        const next = await site.ask('/visits')

        expect(next.text).toBe('visitor 2')
      },
    )

    it.each<SessionKind>(['lazy', 'eager', 'rolling'])(
      '4: calls each visitor by his own name, and keeps the page of who has none (%s)',
      async (session) => {
        await using site = await startEquipped(host, order, { session })
        const ann = await signIn(site, 'Ann')
        const bob = await signIn(site, 'Bob')
        const hello = async (Cookie?: string) =>
          (await site.ask('/hello', Cookie === undefined ? {} : { headers: { Cookie } })).text

        const texts = [await hello(ann), await hello(), await hello(bob), await hello()]
        const last = [await hello(ann), await hello(bob)]

        expect(texts).toEqual(['hello Ann', 'hello nobody', 'hello Bob', 'hello nobody'])
        expect(last).toEqual(['hello Ann', 'hello Bob'])
      },
    )

    it("shares pages among visitors with other cookies where the session's is in the key", async () => {
      await using site = await startEquipped(
        host,
        order,
        { session: 'lazy' },
        { cookies: SESSIONS },
      )
      const sessions = [await signIn(site, 'Ann'), await signIn(site, 'Bob')]
      const ask = (path: string, Cookie: string) => site.ask(path, { headers: { Cookie } })

      const hello = ['_ga=1', ...sessions.map((session) => `_ga=2; ${session}`), '_ga=3']
      const first: string[] = []
      for (const cookie of hello) first.push((await ask('/hello', cookie)).text)
      const again = await Promise.all(hello.map((cookie) => ask('/hello', cookie)))

      const expected = ['hello nobody', 'hello Ann', 'hello Bob', 'hello nobody']
      expect(first).toEqual(expected)
      expect(again.map(({ text }) => text)).toEqual(expected)
      expect([again[0], again[3]].map((reply) => reply && isHit(reply))).toEqual([true, true])
    })

    it('stores no page where each visitor gets a session with the first one', async () => {
      await using site = await startEquipped(host, order, { session: 'eager' })

      const replies = [await site.ask('/'), await site.ask('/'), await site.ask('/')]

      const cookies = replies.map(cookieOf).filter((cookie) => cookie !== '')
      expect(new Set(cookies).size).toBe(cookies.length)
      expect(replies.map(({ text }) => text)).toEqual([TEXT, TEXT, TEXT])
      expect(site.renders).toBe(3)
    })

    it('gives each visitor a token of his own, which is good for him alone', async () => {
      await using site = await startEquipped(host, order, { session: 'lazy' })
      const ann = await site.ask('/form')
      const bob = await site.ask('/form')
      const post = async (visitor: Reply, token: string) => {
        const headers = { ...SAME_SITE, Cookie: cookieOf(visitor), 'X-CSRF-Token': token }
        return (await site.ask('/form', { method: 'POST', headers })).status
      }

      const statuses = [
        await post(ann, ann.text),
        await post(bob, bob.text),
        await post(ann, bob.text),
        await post(bob, ann.text),
      ]

      expect(ann.text).not.toBe(bob.text)
      expect(statuses.map((status) => status < 300)).toEqual([true, true, false, false])
      expect(statuses.slice(2)).toEqual([403, 403])
    })

    it.each(['varied', 'careless'] as const)(
      'tells each origin that it may come in, and nobody else (%s)',
      async (cors) => {
        await using site = await startEquipped(host, order, { cors })
        const [a = '', b = ''] = ORIGINS
        const allowed = async (Origin?: string) => {
          const { headers } = await site.ask(
            '/',
            Origin === undefined ? {} : { headers: { Origin } },
          )
          return headers['access-control-allow-origin']
        }

        const told = [await allowed(a), await allowed(b), await allowed(), await allowed(a)]
        const others = [await allowed('https://evil.example'), await allowed(b)]

        expect(told).toEqual([a, b, undefined, a])
        expect(others).toEqual([undefined, b])
      },
    )

    it("50: answers the framework's own tag with a 304, and stores the whole page", async () => {
      await using site = await startEquipped(host, order, { etag: true })
      const first = await site.ask('/')
      const hit = await site.ask('/')
      const etag = hit.headers.etag ?? ''

      const known = await site.ask('/', { headers: { 'If-None-Match': etag } })
      const whole = await site.ask('/', { headers: { 'If-None-Match': '"other"' } })

      const knownBefore = await site.ask('/', {
        headers: { 'If-None-Match': first.headers.etag ?? '' },
      })
      // Where a middleware further out made it, the cache has another one.
      expect([knownBefore.status, knownBefore.text]).toEqual(
        first.headers.etag === etag ? [304, ''] : [200, TEXT],
      )
      expect([known.status, known.text, known.headers.etag]).toEqual([304, '', etag])
      expect([whole.status, whole.text, hit.text]).toEqual([200, TEXT, TEXT])
      expect([isHit(hit), site.renders]).toEqual([true, 1])
    })
  })
}
