import { formatBytes, formatDuration, NOTHING } from '../admin/format.ts'
import type { ListedKey, MemcachedClient } from '../client/index.ts'
import { COLOR_OPTION, type Command, PLACE_OPTIONS } from './command.ts'
import { EXIT, type Io, writeAll } from './io.ts'
import { Target } from './target.ts'
import { choosePaint, escaped, formatJson, type Paint } from './terminal.ts'
import { UsageError } from './usage.ts'

const LIMIT = { least: 0, most: 10_000_000, otherwise: 1000 }

export const KEYS: Command = {
  name: 'keys',
  words: '',
  fewestWords: 0,
  mostWords: 0,
  summary: 'The keys on the servers, with size and time left',
  about: `Lists whole keys as they come, server after server (lru_crawler metadump). It is no
snapshot: what is stored meanwhile may be missing. A server sends all it has, about
100 MB for a million keys, and the prefix is chosen here.`,
  options: [
    ...PLACE_OPTIONS,
    { flags: '-p, --prefix <text>', help: 'Only keys that start so' },
    { flags: '--match <pattern>', help: 'Only keys that this regular expression matches' },
    { flags: '-n, --limit <count>', help: 'At most so many; 0: all (default: 1000)' },
    { flags: '--json', help: 'One JSON object per line' },
    COLOR_OPTION,
  ],
  examples: [
    'reprise keys --prefix shop:1:',
    "reprise keys --match ':user:[0-9]+$' --limit 0 --json | jq -r .key",
  ],
  run: async ({ options }, io) => {
    const limit = options.count('limit', LIMIT)
    const pattern = patternOf(options.text('match'))
    const startsWith = options.text('prefix') ?? ''
    await using target = await Target.open(options, io)
    const listing: Listing = {
      startsWith,
      pattern,
      limit: limit === 0 ? Infinity : limit,
      json: options.flag('json'),
      paint: choosePaint(io, options.kept('color')),
    }
    const count = await list(target.clients, listing, io)
    if (io.signal.aborted) return EXIT.interrupted
    if (count === listing.limit) {
      io.stderr.write(`It stopped at ${count} keys: there may be more (--limit).\n`)
    }
    return EXIT.ok
  },
}

interface Listing {
  readonly startsWith: string
  readonly pattern: RegExp | undefined
  readonly limit: number
  readonly json: boolean
  readonly paint: Paint
}

async function list(
  clients: readonly MemcachedClient[],
  { startsWith, pattern, limit, json, paint }: Listing,
  io: Io,
): Promise<number> {
  let count = 0
  if (!json) await writeAll(io.stdout, paint(HEAD, 'dim').concat('\n'), io.signal)
  for (const client of clients) {
    if (count === limit) break
    const most = pattern === undefined ? limit - count : Infinity
    const now = io.clock.now() / 1000
    for await (const listed of client.keys({ startsWith, limit: most, signal: io.signal })) {
      if (pattern !== undefined && !pattern.test(listed.key)) continue
      count++
      const line = json ? formatJson(jsonOf(listed, now)) : lineOf(listed, now)
      await writeAll(io.stdout, `${line}\n`, io.signal)
      if (count === limit) break
    }
  }
  return count
}

function patternOf(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined
  try {
    return new RegExp(text, 'u')
  } catch {
    throw new UsageError(`--match is ${text}: it must be a regular expression.`)
  }
}

const WIDTHS = [10, 14, 14, 5] as const
const HEAD = columns(['SIZE', 'EXPIRES IN', 'LAST USED', 'READ'], 'KEY')

/** Columns of one width, as the lines go out before the last key is known. */
function columns(cells: readonly string[], key: string): string {
  return `${cells.map((cell, i) => cell.padStart(WIDTHS[i] ?? 0)).join('  ')}  ${key}`
}

function lineOf(
  { key, sizeBytes, expiresAt, lastAccessAt, fetched }: ListedKey,
  now: number,
): string {
  const cells = [
    formatBytes(sizeBytes),
    expiresAt === Infinity ? NOTHING : formatDuration(expiresAt - now),
    formatDuration(now - lastAccessAt),
    fetched ? 'yes' : 'no',
  ]
  return columns(cells, escaped(key))
}

function jsonOf(listed: ListedKey, now: number): object {
  const { server, key, hashed, expiresAt, lastAccessAt, fetched, slabClass, sizeBytes } = listed
  return {
    schemaVersion: 1,
    server,
    key,
    hashed,
    ttl: expiresAt === Infinity ? null : Math.round(expiresAt - now),
    idle: Math.max(0, Math.round(now - lastAccessAt)),
    fetched,
    slabClass: slabClass ?? null,
    sizeBytes,
  }
}
