import { describe, expect, it } from 'vitest'
import { origin, startHttpSite } from '../support/http-site.ts'

describe('RFC 9111, directives that ask for validation', () => {
  it('5.2.2.4: asks about a page with no-cache each time', async () => {
    await using site = await startHttpSite(origin('"a"', { 'Cache-Control': 'no-cache' }))

    expect(await site.texts({}, {}, {})).toEqual(['page 1', 'page 1', 'page 1'])
    expect(site.asked.map((asked) => asked['if-none-match'])).toEqual([undefined, '"a"', '"a"'])
  })

  it('5.2.2.4: asks about a page with no-cache for each of many at a time', async () => {
    await using site = await startHttpSite(origin('"a"', { 'Cache-Control': 'no-cache' }))
    await site.ask('/')

    const replies = await Promise.all(Array.from({ length: 5 }, () => site.ask('/')))

    expect(replies.map(({ text }) => text)).toEqual(Array(5).fill('page 1'))
    expect(site.renders).toBe(6)
  })

  it('5.2.2.2: asks about a page with must-revalidate as soon as it is stale', async () => {
    const control = { 'Cache-Control': 'max-age=60, must-revalidate' }
    await using site = await startHttpSite(origin('"a"', control))
    await site.ask('/')
    expect(await site.texts({})).toEqual(['page 1'])
    site.clock.advance(61)
    site.answer({ status: 504, body: 'no answer' })

    const failed = await site.ask('/', { headers: { 'Cache-Control': 'max-stale=1000' } })

    expect([failed.status, failed.text]).toEqual([504, 'no answer'])
  })

  it('5.2.2.8: asks about a page with proxy-revalidate as soon as it is stale', async () => {
    const control = { 'Cache-Control': 'max-age=60, proxy-revalidate' }
    await using site = await startHttpSite(origin('"a"', control))
    await site.ask('/')
    site.clock.advance(61)
    site.answer({ status: 502, body: 'no answer' })

    expect((await site.ask('/')).status).toBe(502)
  })
})
