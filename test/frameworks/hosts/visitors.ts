import { describe, expect, it } from 'vitest'
import { countedPage, type Host, startHosted } from './site.ts'

/**
 * Whose page it is. The numbers are those of hostile cases that page caches are known to fail: each
 * title says what must be true.
 */
export function visitorContract(name: string, host: Host): void {
  const twice = async (headers: Record<string, string | string[]>) => {
    await using site = await startHosted(host, countedPage(headers))
    return await site.twice()
  }

  describe(`${name}: visitors`, () => {
    it.each([
      ['1', { 'Set-Cookie': 'session=1' }],
      ['2', { 'Set-Cookie': ['session=1', 'b=2'], 'Cache-Control': 'public, max-age=60' }],
      ['6', { 'Cache-Control': 'private' }],
      ['7', { 'Cache-Control': 'Max-Age=60, Private' }],
      ['10', { 'Cache-Control': 'no-store' }],
      ['11', { 'Cache-Control': 'NO-CACHE' }],
      ['7', { 'Cache-Control': ['max-age=60', 'PRIVATE="x"'] }],
      ['13', { Vary: ' * ' }],
      ['13', { Vary: ['Accept', '*'] }],
    ])('hostile %s: gives each visitor a page of his own after %j', async (_number, headers) => {
      expect(await twice(headers)).toEqual(['page 1', 'page 2'])
    })

    it('hostile 1: never gives one visitor the cookie of another', async () => {
      let users = 0
      await using site = await startHosted(host, () => ({
        headers: { 'Set-Cookie': `session=${++users}` },
        body: 'hello',
      }))

      const replies = [await site.ask('/'), await site.ask('/')]

      expect(replies.map(({ headers }) => headers['set-cookie'])).toEqual([
        ['session=1'],
        ['session=2'],
      ])
    })

    it('hostile 3: keeps jars apart where the page varies by cookie', async () => {
      await using site = await startHosted(
        host,
        ({ header }) => ({ headers: { Vary: 'Cookie' }, body: `for ${header('cookie')}` }),
        { cookies: 'ignore' },
      )
      const ask = async (user: string) =>
        (await site.ask('/', { headers: { Cookie: `user=${user}` } })).text

      expect([await ask('ann'), await ask('bob'), await ask('ann')]).toEqual([
        'for user=ann',
        'for user=bob',
        'for user=ann',
      ])
      expect(site.renders).toBe(2)
    })

    it('hostile 4: passes a visitor with a cookie by, both ways', async () => {
      await using site = await startHosted(host, ({ header }) => ({
        body: `for ${header('cookie') ?? 'nobody'}`,
      }))
      const ask = async (headers = {}) => (await site.ask('/', { headers })).text

      expect([
        await ask({ Cookie: 'user=ann' }),
        await ask(),
        await ask({ Cookie: 'user=bob' }),
        await ask(),
      ]).toEqual(['for user=ann', 'for nobody', 'for user=bob', 'for nobody'])
      expect(site.renders).toBe(3)
    })

    it('hostile 5: shares nothing that was made for an Authorization', async () => {
      await using site = await startHosted(host, ({ header }) => ({
        body: `for ${header('authorization') ?? 'nobody'}`,
      }))
      const ask = async (Authorization: string) =>
        (await site.ask('/', { headers: { Authorization } })).text

      expect([await ask('Basic YQ=='), await ask('Basic Yg==')]).toEqual([
        'for Basic YQ==',
        'for Basic Yg==',
      ])
      expect((await site.ask('/')).text).toBe('for nobody')
    })

    it('hostile 5: shares what says that it may be, to an Authorization too', async () => {
      await using site = await startHosted(host, countedPage({ 'Cache-Control': 's-maxage=60' }))

      expect(await site.twice('/', { Authorization: 'Basic YQ==' })).toEqual(['page 1', 'page 1'])
    })

    it('hostile 42: renders for five at the same time where the page is private', async () => {
      const waiting: (() => void)[] = []
      await using site = await startHosted(host, async ({ header }) => {
        await new Promise<void>((resolve) => waiting.push(resolve))
        return { headers: { 'Cache-Control': 'private' }, body: `for ${header('x-user')}` }
      })
      const ask = async (user: number) =>
        (await site.ask('/', { headers: { 'X-User': String(user) } })).text

      const first = ask(1)
      await expect.poll(() => waiting.length).toBe(1)
      const others = [2, 3, 4, 5].map(ask)
      waiting[0]?.()
      expect(await first).toBe('for 1')
      await expect.poll(() => waiting.length).toBe(5)
      for (const answer of waiting) answer()

      expect(await Promise.all(others)).toEqual(['for 2', 'for 3', 'for 4', 'for 5'])
    })

    it('hostile 48: renders a cold page once for ten', async () => {
      let answer = () => {}
      await using site = await startHosted(host, async () => {
        await new Promise<void>((resolve) => {
          answer = resolve
        })
        return { body: 'page' }
      })

      const replies = Array.from({ length: 10 }, () => site.ask('/'))
      await expect.poll(() => site.renders).toBe(1)
      answer()

      expect(new Set((await Promise.all(replies)).map(({ text }) => text))).toEqual(
        new Set(['page']),
      )
      expect(site.renders).toBe(1)
    })

    it('hostile 64: stores no page whose policy has a nonce', async () => {
      expect(await twice({ 'Content-Security-Policy': "script-src 'nonce-abc'" })).toEqual([
        'page 1',
        'page 2',
      ])
    })
  })
}
