import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { HOSTS } from './hosts/index.ts'
import { startHosted } from './hosts/site.ts'

const MODIFIED = 'Thu, 01 Jan 2026 00:00:00 GMT'
const EARLIER = 'Wed, 31 Dec 2025 00:00:00 GMT'
const HEADERS = { 'Content-Type': 'text/plain', ETag: '"a"', 'Last-Modified': MODIFIED }

const CASES = [
  ['If-Match', '"a"', 200],
  ['If-Match', '"b", "a"', 200],
  ['If-Match', '*', 200],
  ['If-Match', '"b"', 412],
  ['If-Match', 'W/"a"', 412],
  ['If-Unmodified-Since', MODIFIED, 200],
  ['If-Unmodified-Since', EARLIER, 412],
  ['If-None-Match', 'W/"a"', 304],
  ['If-None-Match', '"b"', 200],
  ['If-Modified-Since', MODIFIED, 304],
  ['If-Modified-Since', EARLIER, 200],
] as const

for (const [name, host] of Object.entries(HOSTS)) {
  describe(`${name}: preconditions`, () => {
    it('are answered by conditionalGet for a page that no cache keeps', async () => {
      const page = () => ({ headers: { ...HEADERS, 'Cache-Control': 'private' }, body: 'page' })
      await using site = await startHosted(host, page, {}, { conditionalGet: true })

      for (const [field, value, status] of CASES) {
        const answer = await site.ask('/', { headers: { [field]: value } })
        expect([field, value, answer.status]).toEqual([field, value, status])
        expect(answer.text).toBe(status === 200 ? 'page' : '')
        if (status === 412) expect(answer.headers['cache-control']).toBe('no-store')
      }
      expect(site.renders).toBe(CASES.length)
    })

    it('are answered for a stream, of which nothing is sent with a 412', async () => {
      const page = () => ({
        headers: { ...HEADERS, 'Cache-Control': 'private' },
        body: Readable.from(['pa', 'ge']),
      })
      await using site = await startHosted(host, page, {}, { conditionalGet: true })

      const refused = await site.ask('/', { headers: { 'If-Match': '"b"' } })
      const sent = await site.ask('/', { headers: { 'If-Match': '"a"' } })

      expect([refused.status, refused.text]).toEqual([412, ''])
      expect([sent.status, sent.text]).toEqual([200, 'page'])
    })

    it('are answered from the cache', async () => {
      await using site = await startHosted(host, () => ({ headers: HEADERS, body: 'page' }))
      await site.ask('/')

      for (const [field, value, status] of CASES) {
        const answer = await site.ask('/', { headers: { [field]: value } })
        expect([field, value, answer.status]).toEqual([field, value, status])
        expect(answer.text).toBe(status === 200 ? 'page' : '')
      }
      expect(site.renders).toBe(1)
    })
  })
}
