import { formatCount } from '../admin/format.ts'
import { type Command, JSON_OPTION } from './command.ts'
import { EXIT, type Io } from './io.ts'
import type { Options } from './options.ts'
import { Progress } from './progress.ts'
import { readSitemap } from './sitemap-reader.ts'
import { formatJson, printable } from './terminal.ts'
import { UsageError } from './usage.ts'
import { type Warmed, warmPages } from './warm-pages.ts'
import { checkedUrl, readListFile } from './warm-urls.ts'

export const WARM: Command = {
  name: 'warm',
  words: '[url]…',
  fewestWords: 0,
  mostWords: 10_000,
  summary: 'Asks for pages, so that they are in the cache',
  about: `Asks the site for every page it is given, a few at a time, as a visitor without
cookies would: from a sitemap (an index of sitemaps and .gz too), a list, or the
standard input. Redirects are not followed. What a sitemap names on other sites is
left out, unless --any-origin is given.`,
  options: [
    { flags: '--sitemap <url>', help: 'The pages of this sitemap' },
    { flags: '--list <file>', help: 'A file with an address per line; - is standard input' },
    { flags: '--any-origin', help: 'Other sites too, that the sitemap names' },
    { flags: '--concurrency <count>', help: 'So many at a time, up to 64 (default: 4)' },
    { flags: '--timeout <time>', help: 'For one page, up to 5m (default: 30s)' },
    { flags: '-n, --limit <count>', help: 'No more pages than so many (default: 10000)' },
    { ...JSON_OPTION, help: 'One JSON object per page, and one for all' },
  ],
  examples: [
    'reprise warm --sitemap https://shop.example/sitemap.xml',
    'reprise warm https://shop.example/ https://shop.example/new',
    'cut -f1 popular.tsv | reprise warm --list - --concurrency 8',
  ],
  run: async ({ words, options }, io) => {
    const concurrency = options.count('concurrency', { least: 1, most: 64, otherwise: 4 })
    const timeoutMs = 1000 * options.seconds('timeout', { least: 0.1, most: 300, otherwise: 30 })
    const limit = options.count('limit', { least: 1, most: 1_000_000, otherwise: 10_000 })
    const urls = await collect(words, options, { timeoutMs, limit }, io)
    if (io.signal.aborted) return EXIT.interrupted
    const count = new Tally(urls.length)
    const progress = new Progress(io)
    const json = options.flag('json')
    const tell = (warmed: Warmed): void => {
      count.add(warmed)
      if (json) io.stdout.write(`${formatJson({ schemaVersion: 1, ...jsonOf(warmed) })}\n`)
      const trouble = troubleOf(warmed)
      if (trouble !== undefined && !json) {
        progress.end()
        io.stderr.write(`${printable(warmed.url)}: ${trouble}\n`)
      }
      progress.show(count.done, urls.length, count.failed === 0 ? '' : `${count.failed} failed`)
    }
    const { clock, signal } = io
    const start = clock.monotonic()
    await warmPages(urls, { concurrency, timeoutMs, clock, signal }, tell)
    progress.end()
    const seconds = (clock.monotonic() - start) / 1000
    io.stdout.write(json ? `${formatJson(count.json(seconds))}\n` : count.text(seconds))
    if (signal.aborted) return EXIT.interrupted
    return count.exit
  },
}

async function collect(
  words: readonly string[],
  options: Options,
  { timeoutMs, limit }: { readonly timeoutMs: number; readonly limit: number },
  io: Io,
): Promise<string[]> {
  const urls = new Set(words.map((word) => checkedUrl(word, 'The address')))
  const sitemap = options.text('sitemap')
  const isNothing = words.length === 0 && sitemap === undefined
  // What is piped in is meant, without a word.
  const list = options.text('list') ?? (isNothing && io.stdin.isTTY !== true ? '-' : undefined)
  if (list !== undefined) for (const url of await readListFile(list, io)) urls.add(url)
  if (sitemap !== undefined) {
    const anyOrigin = options.flag('anyOrigin')
    const reading = { anyOrigin, limit, timeoutMs, signal: io.signal }
    const found = await readSitemap(checkedUrl(sitemap, '--sitemap'), reading)
    for (const url of found.pages) urls.add(url)
    if (found.elsewhere > 0) {
      io.stderr.write(`${found.elsewhere} addresses of other sites were left out (--any-origin).\n`)
    }
    if (found.isCut) io.stderr.write(`It takes the first ${limit} pages (--limit).\n`)
  }
  if (urls.size === 0) throw new UsageError('warm needs addresses, --sitemap or --list.')
  return [...urls].slice(0, limit)
}

/** A redirect is an answer; what is refused or broken is none that a visitor wants. */
function troubleOf({ status, error }: Warmed): string | undefined {
  if (status === undefined) return error ?? 'no answer'
  return status >= 400 ? `${status}` : undefined
}

function jsonOf({ url, status, ms, cache, error }: Warmed): object {
  return {
    url,
    status: status ?? null,
    ms: Math.round(ms),
    cache: cache ?? null,
    error: error ?? null,
  }
}

class Tally {
  readonly #all: number
  #done = 0
  #failed = 0
  #unreachable = 0
  #hits = 0
  #stored = 0

  constructor(all: number) {
    this.#all = all
  }

  get done(): number {
    return this.#done
  }

  get failed(): number {
    return this.#failed
  }

  get exit(): number {
    if (this.#unreachable > 0 && this.#unreachable === this.#done) return EXIT.unreachable
    return this.#failed > 0 ? EXIT.failed : EXIT.ok
  }

  add(warmed: Warmed): void {
    this.#done++
    if (troubleOf(warmed) !== undefined) this.#failed++
    if (warmed.status === undefined) this.#unreachable++
    if (warmed.cache === 'hit') this.#hits++
    if (warmed.cache === 'stored') this.#stored++
  }

  json(seconds: number): object {
    const counts = { pages: this.#all, done: this.#done, failed: this.#failed }
    return { schemaVersion: 1, ...counts, hits: this.#hits, stored: this.#stored, seconds }
  }

  text(seconds: number): string {
    const rate = formatCount(seconds > 0 ? this.#done / seconds : 0)
    const parts = [`${this.#done} of ${this.#all} pages in ${seconds.toFixed(1)} s (${rate}/s)`]
    if (this.#stored + this.#hits > 0) {
      parts.push(`${this.#stored} stored now, ${this.#hits} were there already`)
    }
    if (this.#failed > 0) parts.push(`${this.#failed} failed`)
    return `${parts.join('; ')}.\n`
  }
}
