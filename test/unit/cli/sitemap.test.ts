import { describe, expect, it } from 'vitest'
import { parseSitemap } from '../../../src/cli/sitemap.ts'
import { checkedUrl, pageUrl, readUrlList } from '../../../src/cli/warm-urls.ts'

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
const NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

describe('parseSitemap', () => {
  it('reads pages', () => {
    const xml = `${HEAD}<urlset ${NAMESPACE}>
      <url><loc> https://a.example/ </loc><lastmod>2026-01-01</lastmod></url>
      <url><loc>https://a.example/?a=1&amp;b=%C3%A9&#38;c=&#x26;</loc></url>
      <url><loc><![CDATA[https://a.example/?x=1&y=2]]></loc></url>
    </urlset>`

    expect(parseSitemap(xml)).toEqual({
      kind: 'pages',
      locations: [
        'https://a.example/',
        'https://a.example/?a=1&b=%C3%A9&c=&',
        'https://a.example/?x=1&y=2',
      ],
    })
  })

  it('reads an index, with a prefix', () => {
    const xml = `<s:sitemapindex ${NAMESPACE}><s:sitemap><s:loc>https://a.example/1.xml.gz</s:loc></s:sitemap></s:sitemapindex>`

    expect(parseSitemap(xml)).toEqual({ kind: 'index', locations: ['https://a.example/1.xml.gz'] })
  })

  it('leaves out images, and what is commented out', () => {
    const xml = `<urlset><url><loc>/a</loc><image:image><image:loc>/i.png</image:loc></image:image></url>
      <!-- <url><loc>/b</loc></url> --></urlset>`

    expect(parseSitemap(xml)?.locations).toEqual(['/a'])
  })

  it('resolves no entity that a document defines', () => {
    const xml =
      '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><urlset><url><loc>/&e;</loc></url></urlset>'

    expect(parseSitemap(xml)?.locations).toEqual(['/&e;'])
  })

  it.each([[''], ['<html><loc>/a</loc></html>'], ['not xml']])(
    'takes %j for no sitemap',
    (text) => {
      expect(parseSitemap(text)).toBeUndefined()
    },
  )
})

describe('pageUrl', () => {
  it.each([
    ['https://a.example/x#part', 'https://a.example/x'],
    ['/y', 'https://b.example/y'],
    ['//c.example/z', 'https://c.example/z'],
  ])('makes %s %s', (text, url) => {
    expect(pageUrl(text, 'https://b.example/dir/')?.href).toBe(url)
  })

  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'data:,x', 'ftp://a.example/'])(
    'refuses %s',
    (text) => {
      expect(pageUrl(text, 'https://b.example/')).toBeUndefined()
    },
  )
})

describe('readUrlList', () => {
  it('reads an address per line', () => {
    expect(readUrlList('# the popular ones\nhttp://a/x\r\n\n  http://a/y  \n', 'list')).toEqual([
      'http://a/x',
      'http://a/y',
    ])
  })

  it('tells the line that is none', () => {
    expect(() => readUrlList('http://a/\nfile:///b\n', 'list.txt')).toThrow(
      'Line 2 of list.txt is file:///b: it must be an http or https address.',
    )
  })

  it('refuses a password, without repeating it', () => {
    const refused = (): unknown => checkedUrl('https://me:s3cret@a.example/', 'The address')

    expect(refused).toThrow('The address has a password in it')
    expect(refused).not.toThrow('s3cret')
  })
})
