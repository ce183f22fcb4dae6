import { createRequire, syncBuiltinESMExports } from 'node:module'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { HOSTS } from './hosts/index.ts'
import { startHosted } from './hosts/site.ts'

const TEXT = '<li>Lagos, Lima, Lyon</li>\n'.repeat(200)
const HTML = { 'Content-Type': 'text/html; charset=utf-8' }
const page = () => ({ headers: HTML, body: TEXT })

/** How often anything of `node:zlib` was called so far. */
const zlibCalls = countZlibCalls()

function countZlibCalls(): () => number {
  const zlib: Record<string, unknown> = createRequire(import.meta.url)('node:zlib')
  let calls = 0
  for (const [name, value] of Object.entries(zlib)) {
    if (typeof value !== 'function' || /^[A-Z]/.test(name)) continue
    const counted = (...args: unknown[]): unknown => {
      calls++
      return value(...args)
    }
    // `promisify` goes by it.
    Object.defineProperty(zlib, name, { value: Object.assign(counted, value), writable: true })
  }
  syncBuiltinESMExports()
  return () => calls
}

for (const [name, host] of Object.entries(HOSTS)) {
  describe(`${name}: compression`, () => {
    it('keeps a page in its codings, and compresses and decompresses nothing on a hit', async () => {
      await using site = await startHosted(host, page, { compress: true })
      const before = zlibCalls()
      const first = await site.ask('/', { headers: { 'Accept-Encoding': 'gzip, br' } })
      await site.ask('/')
      const made = zlibCalls()
      const br = await site.ask('/', { headers: { 'Accept-Encoding': 'gzip, br' } })
      const gzip = await site.ask('/', { headers: { 'Accept-Encoding': 'gzip, br;q=0' } })
      const plain = await site.ask('/', { headers: { 'Accept-Encoding': 'identity' } })
      const head = await site.ask('/', { method: 'HEAD', headers: { 'Accept-Encoding': 'br' } })
      const onHits = zlibCalls() - made

      expect(made - before).toBeGreaterThanOrEqual(2)
      expect(onHits).toBe(0)
      expect(site.renders).toBe(1)
      expect([first.text, plain.text]).toEqual([TEXT, TEXT])
      expect(brotliDecompressSync(br.body).toString()).toBe(TEXT)
      expect(gunzipSync(gzip.body).toString()).toBe(TEXT)
      expect([br, gzip, plain, head].map(({ headers }) => headers['content-encoding'])).toEqual([
        'br',
        'gzip',
        undefined,
        'br',
      ])
      expect(head.headers['content-length']).toBe(String(br.body.length))
      const tag = plain.headers.etag?.slice(0, -1)
      expect([br.headers.etag, gzip.headers.etag]).toEqual([`${tag}-br"`, `${tag}-gzip"`])
      for (const { headers } of [first, br, gzip, plain, head]) {
        expect(headers.vary).toBe('Cookie, Accept-Encoding')
      }
    })

    it('answers the tag of any coding that the client takes with a 304 that varies', async () => {
      await using site = await startHosted(host, page, { compress: ['gzip'] })
      await site.ask('/')
      const known = await site.ask('/', { headers: { 'Accept-Encoding': 'gzip' } })
      const etag = known.headers.etag ?? ''
      const asked = { 'Accept-Encoding': 'gzip', 'If-None-Match': etag }

      const again = await site.ask('/', { headers: asked })
      const other = await site.ask('/', { headers: { ...asked, 'Accept-Encoding': 'br' } })

      expect(etag).toMatch(/-gzip"$/)
      expect([again.status, again.headers.etag, again.headers.vary]).toEqual([
        304,
        etag,
        'Cookie, Accept-Encoding',
      ])
      expect([other.status, other.text]).toEqual([200, TEXT])
    })

    it('hostile 28 and 30: gives bytes that the handler compressed only to who asked alike', async () => {
      let renders = 0
      const compressed = () =>
        ++renders === 1
          ? { headers: { ...HTML, 'Content-Encoding': 'gzip' }, body: gzipSync(TEXT) }
          : { headers: HTML, body: 'plain' }
      await using site = await startHosted(host, compressed, { compress: true })

      const gzip = await site.ask('/', { headers: { 'Accept-Encoding': 'gzip' } })
      const plain = await site.ask('/', { headers: { 'Accept-Encoding': 'identity' } })
      const hit = await site.ask('/', { headers: { 'Accept-Encoding': 'gzip' } })

      expect(gzip.headers.vary).toBe('Cookie, Accept-Encoding')
      expect([plain.text, plain.headers['content-encoding']]).toEqual(['plain', undefined])
      expect(gunzipSync(hit.body).toString()).toBe(TEXT)
      expect([hit.headers['content-encoding'], hit.headers.etag, renders]).toEqual([
        'gzip',
        hit.headers.etag,
        2,
      ])
      expect(hit.headers['cache-status']).toMatch(/^reprise; hit/)
    })

    it('keeps the codings of a page that its handler has confirmed', async () => {
      const headers = { ...HTML, ETag: '"v1"', 'Cache-Control': 'max-age=10' }
      const revalidated = (asked: { header(name: string): string | undefined }) =>
        asked.header('if-none-match') === '"v1"'
          ? { status: 304, headers, body: '' }
          : { headers, body: TEXT }
      await using site = await startHosted(host, revalidated, { mode: 'http', compress: true })
      const asked = { headers: { 'Accept-Encoding': 'br' } }
      await site.ask('/', asked)
      await site.ask('/', asked)
      site.clock.advance(20)
      const before = zlibCalls()

      const confirmed = await site.ask('/', asked)
      const hit = await site.ask('/', asked)
      const calls = zlibCalls() - before

      for (const { body, headers: told } of [confirmed, hit]) {
        expect(brotliDecompressSync(body).toString()).toBe(TEXT)
        expect([told.etag, told.vary]).toEqual(['"v1-br"', 'Accept-Encoding'])
      }
      expect(hit.headers['cache-status']).toMatch(/^reprise; hit/)
      expect([calls, site.renders]).toEqual([0, 2])
    })

    it('leaves alone what is short, no text, or not to be transformed', async () => {
      const answers: Record<string, { headers: Record<string, string>; body: string }> = {
        '/short': { headers: HTML, body: 'short' },
        '/image': { headers: { 'Content-Type': 'image/png' }, body: TEXT },
        '/untouched': { headers: { ...HTML, 'Cache-Control': 'no-transform' }, body: TEXT },
      }
      const answer = (asked: { target: string }) => answers[asked.target] ?? page()
      await using site = await startHosted(host, answer, { compress: true })

      for (const path of Object.keys(answers)) {
        await site.ask(path)
        const hit = await site.ask(path, { headers: { 'Accept-Encoding': 'br' } })
        expect([path, hit.text]).toEqual([path, answers[path]?.body])
        expect(hit.headers['content-encoding']).toBeUndefined()
      }
    })
  })
}
