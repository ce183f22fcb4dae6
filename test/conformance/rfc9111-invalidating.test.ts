import { describe, expect, it } from 'vitest'
import { startHttpSite } from '../support/http-site.ts'

const FRESH = { 'Cache-Control': 'max-age=60' }

describe('RFC 9111, invalidation', () => {
  it('4.4: forgets what was asked for where an unsafe method succeeded', async () => {
    for (const [method, status] of [
      ['POST', 200],
      ['PUT', 204],
      ['DELETE', 303],
      ['PATCH', 201],
    ] as const) {
      await using site = await startHttpSite({ headers: FRESH })
      await site.ask('/')

      site.answer({ status })
      await site.ask('/', { method })
      site.answer({ headers: FRESH, body: 'new' })

      expect([method, await site.texts({})]).toEqual([method, ['new']])
    }
  })

  it('4.4: forgets it also for a method that it does not know', async () => {
    await using site = await startHttpSite({ headers: FRESH })

    await site.ask('/')
    await site.ask('/', { method: 'REBIND' })

    expect(await site.texts({})).toEqual(['page 3'])
  })

  it('4.4: forgets nothing for a safe method, nor where the unsafe one failed', async () => {
    await using site = await startHttpSite({ headers: FRESH })
    await site.ask('/')

    await site.ask('/', { method: 'OPTIONS' })
    site.answer({ status: 500 })
    await site.ask('/', { method: 'POST' })
    site.answer({ status: 404 })
    await site.ask('/', { method: 'DELETE' })

    expect(await site.texts({})).toEqual(['page 1'])
  })

  it('4.4: forgets all variants of it', async () => {
    await using site = await startHttpSite({ headers: { ...FRESH, Vary: 'X-A' } })
    await site.texts({ 'X-A': '1' }, { 'X-A': '2' })

    await site.ask('/', { method: 'POST' })

    expect(await site.texts({ 'X-A': '1' }, { 'X-A': '2' })).toEqual(['page 4', 'page 5'])
  })

  it('4.4: forgets what Location and Content-Location name at the same origin, and no other', async () => {
    await using site = await startHttpSite({ headers: FRESH })
    const paths = ['/a', '/b?x', '/c']
    for (const path of paths) await site.ask(path)
    const own = `http://127.0.0.1:${site.port}`

    site.answer({ headers: { Location: '/a#top', 'Content-Location': `${own}/b?x` } })
    await site.ask('/', { method: 'POST' })
    site.answer({
      headers: { Location: 'http://other.example/c', 'Content-Location': '//x.example/c' },
    })
    await site.ask('/', { method: 'POST' })
    site.answer({ headers: FRESH, body: 'new' })

    const texts = []
    for (const path of paths) texts.push((await site.ask(path)).text)
    expect(texts).toEqual(['new', 'new', 'page 3'])
  })
})
