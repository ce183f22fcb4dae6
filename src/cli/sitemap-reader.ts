import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Bytes, Milliseconds } from '../units.ts'
import { parseSitemap } from './sitemap.ts'
import { UsageError } from './usage.ts'
import { pageUrl } from './warm-urls.ts'

export interface SitemapOptions {
  /** Whether it may name other sites. */
  readonly anyOrigin: boolean
  /** So many pages and no more. */
  readonly limit: number
  readonly timeoutMs: Milliseconds
  readonly signal: AbortSignal
}

export interface SitemapPages {
  readonly pages: readonly string[]
  /** What it names elsewhere, and was left out. */
  readonly elsewhere: number
  /** Whether there were more than `limit`. */
  readonly isCut: boolean
}

// Source: sitemaps.org/protocol.html: 50 MB before compression, and an index of 50,000.
const MAX_BYTES: Bytes = 50 * 1024 ** 2
const MAX_SITEMAPS = 1000
const MAX_REDIRECTS = 5
const GZIP_MAGIC = [0x1f, 0x8b] as const

const unpack = promisify(gunzip)

/**
 * Reads a sitemap, and those that an index names, one level deep.
 *
 * @throws {@link UsageError} where the address gives no sitemap.
 */
export async function readSitemap(start: string, options: SitemapOptions): Promise<SitemapPages> {
  const home = new URL(start).origin
  const pages = new Set<string>()
  let elsewhere = 0
  let isCut = false
  const read = async (address: string, isFirst: boolean): Promise<void> => {
    const sitemap = parseSitemap(await download(address, home, options))
    if (sitemap === undefined) throw new UsageError(`${address} is no sitemap.`)
    for (const location of sitemap.locations.slice(
      0,
      sitemap.kind === 'index' ? MAX_SITEMAPS : undefined,
    )) {
      const url = pageUrl(location, address)
      if (url === undefined || (!options.anyOrigin && url.origin !== home)) elsewhere++
      else if (sitemap.kind === 'pages') {
        if (pages.size < options.limit || pages.has(url.href)) pages.add(url.href)
        else isCut = true
      } else if (isFirst && !isCut) await read(url.href, false)
    }
  }
  await read(start, true)
  return { pages: [...pages], elsewhere, isCut }
}

async function download(
  address: string,
  home: string,
  { anyOrigin, timeoutMs, signal }: SitemapOptions,
): Promise<string> {
  let at = address
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const limits = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const response = await fetch(at, { redirect: 'manual', signal: limits })
    const location = response.headers.get('location')
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel()
      const next = pageUrl(location, at)
      if (next === undefined || (!anyOrigin && next.origin !== home)) {
        throw new UsageError(`${at} leads to another site: give that address, or --any-origin.`)
      }
      at = next.href
      continue
    }
    if (!response.ok) {
      await response.body?.cancel()
      throw new UsageError(`${at} answers ${response.status}: there is no sitemap.`)
    }
    return decode(await readBody(response, at), at)
  }
  throw new UsageError(`${address} leads on and on.`)
}

async function readBody(response: Response, address: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const body: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? []
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new UsageError(`${address} is larger than a sitemap may be.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A `.gz` comes packed, whatever its name: it is told by its first bytes (RFC 1952 section 2.3.1). */
async function decode(bytes: Buffer, address: string): Promise<string> {
  const isPacked = GZIP_MAGIC.every((byte, i) => bytes[i] === byte)
  if (!isPacked) return bytes.toString('utf8')
  try {
    return (await unpack(bytes, { maxOutputLength: MAX_BYTES })).toString('utf8')
  } catch {
    throw new UsageError(`${address} cannot be unpacked, or is larger than a sitemap may be.`)
  }
}
