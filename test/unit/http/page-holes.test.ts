import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fragment } from '../../../src/fragments/fragment.ts'
import { HoleFill } from '../../../src/http/hole-fill.ts'
import { mountSite } from '../../../src/http/mount.ts'
import { pageHole } from '../../../src/http/page-context.ts'
import { decodeEntry, encodeEntry, type StoredPage } from '../../../src/http/page-entry.ts'
import { HoleMarks, placeholderNonce, placeholderOf } from '../../../src/http/page-holes.ts'
import type { PagePolicy } from '../../../src/http/page-options.ts'
import { respond } from '../../../src/http/web.ts'
import { memoryPages } from './visit.ts'

const nonce = placeholderNonce()

function fillOf(texts: readonly string[], keepBytes = 1000, promised: readonly string[] = []) {
  const calls = texts.map((_, i) => [`hole${i}`, {}] as const)
  const rendered = texts.map(async (text) => Buffer.from(text))
  return new HoleFill(nonce, calls, rendered, { keepBytes, promised })
}

async function through(fill: HoleFill, chunks: readonly Uint8Array[]): Promise<string> {
  const pieces = chunks.flatMap((chunk) => fill.push(chunk))
  return Buffer.concat(await Promise.all([...pieces, ...fill.end()])).toString('latin1')
}

describe('HoleFill', () => {
  it('fills the same holes however the bytes are cut', async () => {
    // What looks like a placeholder among them: digits, and the beginning of this nonce.
    const text = fc.oneof(
      fc.string({ maxLength: 10 }).map((s) => s.replace(/[^\x20-\x7e]/g, '.')),
      fc.nat(15).map((length) => nonce.slice(0, length)),
    )
    const part = fc.oneof(text, fc.nat(2))
    const cuts = fc.array(fc.nat(200), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), cuts, async (parts, cutAt) => {
        const texts = ['<one>', '', '<three>']
        const sent = parts.map((p) => (typeof p === 'string' ? p : placeholderOf(nonce, p)))
        const bytes = Buffer.from(sent.join(''))
        const edges = [...cutAt.map((at) => Math.min(at, bytes.length)), bytes.length]
        edges.sort((a, b) => a - b)
        const chunks = edges.map((edge, i) => bytes.subarray(edges[i - 1] ?? 0, edge))

        const fill = fillOf(texts)
        const shown = await through(fill, chunks)

        const wanted = parts.map((p) => (typeof p === 'string' ? p : (texts[p] ?? '')))
        expect(shown).toBe(wanted.join(''))
        expect(fill.body().toString()).toBe(parts.filter((p) => typeof p === 'string').join(''))
      }),
    )
  })

  it('leaves out what was cut off a placeholder, and says so', async () => {
    const whole = placeholderOf(nonce, 0)
    for (const cut of [whole.slice(0, 20), whole.slice(0, 44), `${whole.slice(0, 41)}…`]) {
      const fill = fillOf(['text'])
      const shown = await through(fill, [Buffer.from(cut)])

      expect(shown).not.toContain(nonce.slice(0, 16))
      expect(fill.refusal).toBe('hole')
    }
  })

  it('says where a hole is missing, and where the length is another', async () => {
    const missing = fillOf(['a', 'b'])
    await through(missing, [Buffer.from(placeholderOf(nonce, 1))])
    const short = fillOf(['a'], 1000, ['46'])
    await through(short, [Buffer.from(placeholderOf(nonce, 0))])

    expect([missing.refusal, short.refusal]).toEqual(['hole', 'content-length'])
  })

  it('keeps nothing of a body that is too large', async () => {
    const fill = fillOf(['a'], 10)

    expect(await through(fill, [Buffer.alloc(11, 'x')])).toBe('xxxxxxxxxxx')
    expect([fill.isTooLarge, fill.body().length]).toEqual([true, 0])
  })
})

describe('pageHole', () => {
  it('refuses what it cannot stand for', () => {
    const marks = new HoleMarks({ greeting: () => 'Hello' })
    const values = { user: { name: 'Ada' } } as never

    expect(() => pageHole('greeting')).toThrow('No page with `holes` is being rendered here')
    expect(() => marks.mark('toString', {})).toThrow('a hole of the page: greeting')
    expect(() => marks.mark('greeting', values)).toThrow(
      '`values` of a hole must be an object of texts, finite numbers, booleans and nulls.',
    )
    marks.close()
    expect(() => marks.mark('greeting', {})).toThrow(
      'The hole "greeting" comes too late: call `pageHole` before the head of the page is sent.',
    )
  })

  it('refuses more than a thousand', () => {
    const marks = new HoleMarks({ row: () => '' })
    for (let i = 0; i < 1000; i++) marks.mark('row', { i })

    expect(() => marks.mark('row', {})).toThrow('A page has at most 1000 holes.')
  })
})

describe('a stored page with holes', () => {
  const page: StoredPage = {
    kind: 'page',
    status: 200,
    headers: ['Content-Type', 'text/html'],
    createdAt: 1,
    age: 0,
    ttl: 60,
    vary: [],
    nonce: 'n',
    body: Buffer.from('<p></p>'),
    codings: [],
    holes: { calls: [['greeting', { id: 7 }]], places: [[3, 0]] },
  }
  const changed = (from: string, to: string) => {
    const text = encodeEntry(page).toString('latin1')
    const frame = Buffer.from(text.replace(from, to), 'latin1')
    frame.writeUInt32BE(frame.length - 12 - page.body.length, 4)
    return decodeEntry(frame)
  }

  it('is read as it was written', () => {
    expect(decodeEntry(encodeEntry(page))).toEqual(page)
  })

  it('is a miss for whoever knows of no holes', () => {
    expect(encodeEntry(page).toString('latin1')).toContain('"kind":"holed-page"')
    expect(changed('"holed-page"', '"other"')).toBeUndefined()
  })

  it('is a miss where its holes are out of order, out of place or of another kind', () => {
    expect(changed('[[3,0]]', '[[3,0],[7,0]]')).toBeDefined()
    for (const places of [
      '[[8,0]]',
      '[[3,1]]',
      '[[3,-1]]',
      '[[3,0],[2,0]]',
      '[[-1,0]]',
      '[]',
      '7',
    ]) {
      expect(changed('[[3,0]]', places), places).toBeUndefined()
    }
    for (const places of ['[[3.5,0]]', '[[3]]', '[["3",0]]', 'null', '[[3,0,0]]', '[[1e99,0]]']) {
      expect(changed('[[3,0]]', places), places).toBeUndefined()
    }
    for (const values of ['[]', 'null', '{"id":{}}', '7']) {
      expect(changed('{"id":7}', values), values).toBeUndefined()
    }
    expect(changed('"greeting"', '7')).toBeUndefined()
    expect(changed('"codings":[]', '"codings":[["br",7]]')).toBeUndefined()
  })

  it('is an entry or a miss, and no crash, whatever its bytes', () => {
    const bytes = encodeEntry(page)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const frame = Buffer.from(bytes)
        frame[at] = value
        const read = decodeEntry(frame)
        if (read?.kind !== 'page' || read.holes === undefined) return
        expect(read.holes.places.every(([place]) => place <= read.body.length)).toBe(true)
      }),
    )
  })
})

describe('respond with holes', () => {
  const policyFor = (user: string, more: PagePolicy = {}): PagePolicy => ({
    holes: { greeting: async () => `Hello ${user}` },
    ...more,
  })
  const counted = (headers: Record<string, string> = {}) => {
    let renders = 0
    const render = () => new Response(`<${pageHole('greeting')}> ${++renders}`, { headers })
    return render
  }
  const ask = (headers: Record<string, string> = {}) =>
    new Request('https://site.example/a', { headers })

  it('stays right through soft purges, lifetimes, stale windows and variants', async () => {
    const { pages, clock } = memoryPages({ ttl: 10, staleWhileRevalidate: 60 })
    const render = counted({ Vary: 'Accept-Language', 'Cache-Tag': 'a' })
    const seen = async (user: string, language = 'en') => {
      const request = ask({ 'Accept-Language': language })
      return (await respond(pages, request, render, policyFor(user))).text()
    }

    expect(await seen('ada')).toBe('<Hello ada> 1')
    expect(await seen('bob')).toBe('<Hello bob> 1')
    expect(await seen('bob', 'de')).toBe('<Hello bob> 2')
    await pages.purgeTags(['a'], { mode: 'soft' })
    const [first, second] = await Promise.all([seen('ada'), seen('bob')])
    expect([first, second].sort()).toEqual(['<Hello ada> 3', '<Hello bob> 1'])
    clock.advance(20)
    const texts = await Promise.all([seen('ada'), seen('bob')])
    expect(texts.sort()).toEqual(['<Hello ada> 4', '<Hello bob> 3'])
    expect(await seen('eve')).toBe('<Hello eve> 4')
  })

  it('works in HTTP mode', async () => {
    const { pages } = memoryPages({ mode: 'http' })
    const render = counted({ 'Cache-Control': 'public, max-age=60', ETag: '"1"' })

    const first = await respond(pages, ask(), render, policyFor('ada'))
    expect(await first.text()).toBe('<Hello ada> 1')
    const second = await respond(pages, ask({ 'If-None-Match': '"1"' }), render, policyFor('bob'))
    expect(await second.text()).toBe('<Hello bob> 1')
    for (const { headers } of [first, second]) {
      expect(headers.get('cache-control')).toBe('private, no-cache')
      expect(headers.get('etag')).toBeNull()
    }
  })

  it('renders a page anew, and stores it, whose hole is no longer there', async () => {
    const { pages } = memoryPages()
    const render = counted()
    await (await respond(pages, ask(), render, policyFor('ada'))).text()

    const plain = () => new Response('no holes')
    const after = await respond(pages, ask(), plain, {})
    expect(await after.text()).toBe('no holes')
    const hit = await respond(pages, ask(), plain, {})
    expect(hit.headers.get('cache-status')).toBe('reprise; hit; ttl=600')
  })

  it('shows nothing of a stored page with holes in the place of a failure', async () => {
    const { pages, clock } = memoryPages({ ttl: 10, staleIfError: 60 })
    await (await respond(pages, ask(), counted(), policyFor('ada'))).text()
    clock.advance(20)

    const failed = () => new Response('broken', { status: 500 })
    const answer = await respond(pages, ask(), failed, policyFor('bob'))

    expect([answer.status, await answer.text()]).toEqual([500, 'broken'])
  })

  it('fills the holes where the cache is out of reach', async () => {
    const { pages } = memoryPages()
    const vary = () => {
      throw new Error('no')
    }

    const answer = await respond(pages, ask(), counted(), policyFor('ada', { vary }))

    expect(await answer.text()).toBe('<Hello ada> 1')
  })

  it('is no place for another hole, nor is a fragment', async () => {
    const { pages, caches } = memoryPages()
    const holes = { greeting: () => pageHole('other'), other: () => 'other' }
    const nested = () => new Response(`<${pageHole('greeting')}>`)
    const inFragment = async () =>
      new Response(await fragment(caches, 'part', {}, async () => pageHole('other')))

    expect(await (await respond(pages, ask(), nested, { holes })).text()).toBe('<>')
    const other = new Request('https://site.example/b')
    await expect(respond(pages, other, inFragment, { holes })).rejects.toThrow(
      'The fragment "part" is cached and has a `pageHole` in it',
    )
  })

  it('does not hand a hit’s values to be changed', async () => {
    const { pages } = memoryPages()
    const holes = {
      row: (values: { id?: unknown }) => {
        const shown = String(values.id)
        values.id = 'mine'
        return shown
      },
    } as never
    const render = () => new Response(pageHole('row', { id: 7 }))

    for (let i = 0; i < 3; i++) {
      expect(await (await respond(pages, ask(), render, { holes })).text()).toBe('7')
    }
  })

  it('refuses holes that are none', () => {
    const { caches } = memoryPages()
    for (const holes of ['greeting', ['greeting'], { greeting: 'Hello' }, { '': () => '' }]) {
      expect(() => mountSite(caches, { holes } as never)).toThrow(
        'an object of functions, by the names of the holes',
      )
    }
  })
})
