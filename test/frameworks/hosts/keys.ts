import { describe, expect, it } from 'vitest'
import { countedPage, type Host, type Page, startHosted } from './site.ts'

/** What a page may depend on, and what nobody can make it depend on for others. */
export function keyContract(name: string, host: Host): void {
  /** A page that shows a header, as a site shows the host in its links. */
  const showing =
    (field: string, headers: Record<string, string> = {}): Page =>
    ({ header }) => ({ headers, body: `for ${header(field) ?? 'nobody'}` })

  const poisoned = async (field: string, value: string) => {
    await using site = await startHosted(host, showing(field))
    const poison = await site.ask('/', { headers: { [field]: value } })
    const reply = await site.ask('/')
    return [poison.text, reply.text]
  }

  describe(`${name}: keys`, () => {
    it('hostile 34: keeps two hosts apart', async () => {
      await using site = await startHosted(host, showing('host'))
      const ask = async (Host: string) => (await site.ask('/', { headers: { Host } })).text

      expect([await ask('a.example'), await ask('b.example'), await ask('a.example')]).toEqual([
        'for a.example',
        'for b.example',
        'for a.example',
      ])
      expect(site.renders).toBe(2)
    })

    it.each([
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'X-Forwarded-Port',
      'X-Forwarded-Scheme',
      'X-Host',
      'X-Original-URL',
      'X-Rewrite-URL',
      'X-HTTP-Method-Override',
      'Accept-Language',
      'User-Agent',
      'Origin',
      'Accept',
      'X-Requested-With',
    ])('hostile 35: nobody poisons a page that shows %s', async (field) => {
      expect(await poisoned(field.toLowerCase(), 'evil')).toEqual(['for evil', 'for nobody'])
    })

    it('hostile 35: nobody poisons a page by Forwarded', async () => {
      expect(await poisoned('forwarded', 'host=evil')).toEqual(['for host=evil', 'for nobody'])
    })

    it('says which header was read although no key holds it, even where it was not there', async () => {
      await using site = await startHosted(host, showing('accept-language'))

      await site.ask('/')
      const reply = await site.ask('/')

      expect(site.renders).toBe(2)
      expect(reply.headers['cache-status']).toContain('unkeyed:accept-language')
    })

    it('stores such a page where the site says that it may', async () => {
      await using site = await startHosted(host, showing('user-agent'), { unkeyed: 'ignore' })

      await site.twice('/', { 'User-Agent': 'a' })

      expect(site.renders).toBe(1)
    })

    it('hostile 15: has one page per value of what it varies by', async () => {
      const headers = { Vary: 'Accept-Language' }
      await using site = await startHosted(host, showing('accept-language', headers))
      const ask = async (language: string) =>
        (await site.ask('/', { headers: { 'Accept-Language': language } })).text

      expect([await ask('de'), await ask('en'), await ask('de'), await ask('en')]).toEqual([
        'for de',
        'for en',
        'for de',
        'for en',
      ])
      expect(site.renders).toBe(2)
    })

    it('hostile 28: keeps encodings apart where the page varies by them', async () => {
      await using site = await startHosted(host, ({ header }) => {
        const encoding = header('accept-encoding') ?? 'identity'
        return { headers: { Vary: 'Accept-Encoding' }, body: encoding }
      })
      const ask = async (headers = {}) => (await site.ask('/', { headers })).text

      expect([await ask({ 'Accept-Encoding': 'gzip' }), await ask()]).toEqual(['gzip', 'identity'])
    })

    it('hostile 37: has the query in the key', async () => {
      await using site = await startHosted(host, ({ target }) => ({ body: target }))

      expect((await site.ask('/a?b=1')).text).toBe('/a?b=1')
      expect((await site.ask('/a?b=2')).text).toBe('/a?b=2')
      expect((await site.ask('/a?b=1')).text).toBe('/a?b=1')
      expect(site.renders).toBe(2)
    })

    it('hostile 38: answers no POST from a GET, nor a GET from a POST', async () => {
      await using site = await startHosted(host, ({ method }) => ({ body: `a ${method}` }))

      expect((await site.ask('/')).text).toBe('a GET')
      expect((await site.ask('/', { method: 'POST' })).text).toBe('a POST')
      expect((await site.ask('/')).text).toBe('a GET')
      expect(site.renders).toBe(2)
    })

    it('is not deceived by a suffix that looks like a picture', async () => {
      await using site = await startHosted(host, ({ header }) => ({
        headers: { 'Cache-Control': 'private' },
        body: `account of ${header('x-user')}`,
      }))

      const victim = await site.ask('/account/x.css', { headers: { 'X-User': 'ann' } })
      const thief = await site.ask('/account/x.css', { headers: { 'X-User': 'eve' } })

      expect([victim.text, thief.text]).toEqual(['account of ann', 'account of eve'])
    })

    it('passes a GET with a body by', async () => {
      await using site = await startHosted(host, countedPage())
      const fat = { headers: { 'Content-Length': '4', 'Content-Type': 'text/plain' }, body: 'evil' }

      await site.ask('/', fat)
      await site.twice()

      expect(site.renders).toBe(2)
    })

    it('hostile 65: takes names of the language for headers', async () => {
      await using site = await startHosted(host, countedPage({ Vary: 'constructor, __proto__' }))

      expect(await site.twice()).toEqual(['page 1', 'page 1'])
    })
  })
}
