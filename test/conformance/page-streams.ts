import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { type Mount, startSite } from '../support/page-hosts.ts'

/**
 * How every way of mounting the page cache sends, to one and to many. The numbers are those of
 * hostile cases that page caches are known to fail: each title says what must be true.
 */
export function pageStreamContract(name: string, mount: Mount): void {
  describe(`${name}: streams`, () => {
    it('49: sends the first bytes before the last are made, and stores all', async () => {
      let finish = () => {}
      await using site = await startSite(mount, (_request, response) => {
        response.write('first ')
        finish = () => response.end('last')
      })

      const chunks = (await site.open('/'))[Symbol.asyncIterator]()
      const first = await chunks.next()
      finish()
      const last = await chunks.next()
      await chunks.next()
      const second = await site.ask('/')

      expect([String(first.value), String(last.value)]).toEqual(['first ', 'last'])
      expect([second.text, second.headers['content-length']]).toEqual(['first last', '10'])
      expect(site.renders).toBe(1)
    })

    it('23: stores nothing when the client goes away before the end', async () => {
      let closed: Promise<unknown> = Promise.resolve()
      let finish = () => {}
      await using site = await startSite(mount, (_request, response) => {
        closed = once(response, 'close')
        response.write('half ')
        finish = () => response.end('whole')
      })

      const incoming = await site.open('/')
      await once(incoming, 'data')
      incoming.destroy()
      await closed
      // The handler does not know and goes on.
      finish()
      const reply = site.ask('/')
      await expect.poll(() => site.renders).toBe(2)
      finish()

      expect((await reply).text).toBe('half whole')
    })

    it('24: stores nothing where the body is not as long as it said', async () => {
      await using site = await startSite(mount, (_request, response) => {
        response.setHeader('Content-Length', '10')
        response.end('short')
        response.socket?.end()
      })

      await expect(site.ask('/')).rejects.toThrow()
      await expect(site.ask('/')).rejects.toThrow()

      expect(site.renders).toBe(2)
    })
  })

  describe(`${name}: crowds`, () => {
    it('48: renders a cold page once for a hundred that ask for it', async () => {
      let finish = () => {}
      await using site = await startSite(mount, (_request, response) => {
        finish = () => response.end('page')
      })

      const replies = Array.from({ length: 100 }, () => site.ask('/'))
      await expect.poll(() => site.renders).toBe(1)
      finish()

      expect(new Set((await Promise.all(replies)).map(({ text }) => text))).toEqual(
        new Set(['page']),
      )
      expect(site.renders).toBe(1)
    })

    it('42: gives each of many who wait for a private page one of his own, at the same time', async () => {
      const waiting: (() => void)[] = []
      await using site = await startSite(mount, (request, response) => {
        response.setHeader('Cache-Control', 'private')
        waiting.push(() => response.end(`for ${request.headers['x-user']}`))
      })
      const ask = (user: number) => site.ask('/', { headers: { 'X-User': String(user) } })

      const first = ask(0)
      await expect.poll(() => waiting.length).toBe(1)
      const others = [1, 2, 3, 4].map(ask)
      waiting[0]?.()
      await first
      // All of them are in the handler before any of them is answered.
      await expect.poll(() => waiting.length).toBe(5)
      for (const answer of waiting) answer()

      expect((await Promise.all(others)).map(({ text }) => text)).toEqual([
        'for 1',
        'for 2',
        'for 3',
        'for 4',
      ])
    })
  })
}
