import { describe, expect, it } from 'vitest'
import { hostRule } from '../../../src/http/hosts.ts'
import { pageRequest } from './page-request.ts'
import { memoryPages, visit } from './visit.ts'

describe('the hosts whose pages are kept', () => {
  it('are all where none is named', () => {
    expect(hostRule([])('whatever.example')).toBe(true)
  })

  it('are those of the list, and those below a dot', () => {
    const allows = hostRule(['Atlas.example', '.site.example', 'localhost:3000', '[::1]:80'])
    const hosts = [
      'atlas.example',
      'site.example',
      'a.b.site.example',
      'localhost:3000',
      '[::1]:80',
      'www.atlas.example',
      'evilsite.example',
      'atlas.example:8080',
      'localhost',
      'site.example.evil',
      'atlas.example.',
      '',
    ]

    expect(hosts.map(allows)).toEqual([
      ...[true, true, true, true, true],
      ...[false, false, false, false, false, false, false],
    ])
  })

  it.each([['a b'], ['https://a'], ['a/'], ['..a'], [''], [1]])('may not be %j', (host) => {
    expect(() => hostRule([host as string])).toThrow(/hosts/)
  })

  it('may not be a text', () => {
    expect(() => hostRule('atlas.example' as never)).toThrow(/hosts/)
  })

  it('leave out every other host, with the reason', async () => {
    const { pages } = memoryPages({ hosts: ['site.example'] })
    const ask = (host: string) => visit(pages, pageRequest({ host }))

    await ask('site.example:443')
    expect((await ask('Site.example')).isHit).toBe(true)
    await ask('evil.example')
    const other = await ask('evil.example')
    expect([other.isHit, other.header('cache-status')]).toEqual([
      false,
      'reprise; fwd=bypass; detail=host',
    ])
  })
})
