/** What a sitemap names. Source: sitemaps.org/protocol.html. */
export interface Sitemap {
  /** `'index'`: its locations are sitemaps. */
  readonly kind: 'pages' | 'index'
  readonly locations: readonly string[]
}

const COMMENT = /<!--[\s\S]*?-->/g
const ROOT = /<(?:[\w-]+:)?(urlset|sitemapindex)[\s>]/
// Of the page or sitemap itself: those of images and videos have a prefix of their own.
const ENTRY = /<(?:(?!image|video|news)[\w-]+:)?loc(?:\s[^>]*)?>([\s\S]*?)<\//g
const CDATA = /^<!\[CDATA\[([\s\S]*?)\]\]>$/
const ENTITY = /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * Reads a sitemap or an index of sitemaps; `undefined` for anything else. No parser of XML: nothing
 * is resolved, and no entity grows.
 */
export function parseSitemap(xml: string): Sitemap | undefined {
  const text = xml.replace(COMMENT, '')
  const root = ROOT.exec(text)?.[1]
  if (root === undefined) return undefined
  const locations = Array.from(text.matchAll(ENTRY), ([, content = '']) => textOf(content.trim()))
  return { kind: root === 'urlset' ? 'pages' : 'index', locations: locations.filter(Boolean) }
}

function textOf(content: string): string {
  const data = CDATA.exec(content)?.[1]
  if (data !== undefined) return data.trim()
  return content.replace(ENTITY, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10_ffff ? String.fromCodePoint(code) : whole
  })
}
