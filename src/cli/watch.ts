import type { MemcachedClient, WatchedEvent, WatchKind } from '../client/index.ts'
import { type Command, PLACE_OPTIONS } from './command.ts'
import { EXIT, type Io, writeAll } from './io.ts'
import { Target } from './target.ts'
import { escaped, formatJson, printable } from './terminal.ts'
import { hint, UsageError } from './usage.ts'

const KINDS: readonly WatchKind[] = [
  'evictions',
  'mutations',
  'fetchers',
  'deletions',
  'connevents',
]

export const WATCH: Command = {
  name: 'watch',
  words: `[${KINDS.join('|')}]…`,
  fewestWords: 0,
  mostWords: KINDS.length,
  summary: 'What servers do, event by event',
  about: `Shows what servers log while they work, for a while: evictions, if nothing else is
asked for. It is a sample: servers leave out what comes too fast, and say so.
fetchers and mutations cost a busy server up to half of its throughput; deletions
need memcached 1.6.20.`,
  options: [
    ...PLACE_OPTIONS,
    { flags: '--seconds <time>', help: 'For so long, up to 10m (default: 5s)' },
    { flags: '-n, --limit <count>', help: 'At most so many events (default: 1000)' },
    { flags: '--json', help: 'One JSON object per line' },
  ],
  examples: ['reprise watch --seconds 1m', 'reprise watch mutations connevents --json'],
  run: async ({ words, options }, io) => {
    const kinds = words.map((word) => kindOf(word))
    const durationMs = 1000 * options.seconds('seconds', { least: 0.1, most: 600, otherwise: 5 })
    const maxEvents = options.count('limit', { least: 1, most: 1_000_000, otherwise: 1000 })
    await using target = await Target.open(options, io)
    const chosen: readonly WatchKind[] = kinds.length === 0 ? ['evictions'] : kinds
    const watching = { kinds: chosen, durationMs, maxEvents, json: options.flag('json') }
    await Promise.all(target.clients.map((client) => watchOne(client, watching, io)))
    return io.signal.aborted ? EXIT.interrupted : EXIT.ok
  },
}

interface Watching {
  readonly kinds: readonly WatchKind[]
  readonly durationMs: number
  readonly maxEvents: number
  readonly json: boolean
}

async function watchOne(
  client: MemcachedClient,
  { kinds, durationMs, maxEvents, json }: Watching,
  { stdout, signal }: Io,
): Promise<void> {
  for await (const event of client.watch(kinds, { durationMs, maxEvents, signal })) {
    const line = json ? formatJson(jsonOf(event)) : lineOf(event)
    await writeAll(stdout, `${line}\n`, signal)
  }
}

function kindOf(word: string): WatchKind {
  const kind = KINDS.find((one) => one === word)
  if (kind !== undefined) return kind
  throw new UsageError(`There is nothing to watch by the name ${word}.${hint(word, KINDS)}`)
}

function jsonOf(event: WatchedEvent): object {
  const shown =
    event.type === 'other' ? { ...event, fields: Object.fromEntries(event.fields) } : event
  const ttl = 'ttl' in event ? { ttl: event.ttl === Infinity ? null : event.ttl } : {}
  return { schemaVersion: 1, ...shown, ...ttl }
}

function lineOf(event: WatchedEvent): string {
  return `${printable(event.server)}  ${textOf(event)}`
}

function textOf(event: WatchedEvent): string {
  switch (event.type) {
    case 'item_get':
      return `${timeOf(event.at)}  get       ${event.status}  ${escaped(event.key)}`
    case 'item_store':
      return `${timeOf(event.at)}  ${event.command.padEnd(8)}  ${event.status}  ${escaped(event.key)}  ${event.sizeBytes} B`
    case 'eviction': {
      const read = event.fetched ? 'read' : 'never read'
      return `${timeOf(event.at)}  evicted   ${read}, idle ${event.idle} s  ${escaped(event.key)}`
    }
    case 'deleted':
      return `${timeOf(event.at)}  deleted   ${escaped(event.key)}`
    case 'conn_new':
    case 'conn_close': {
      const word = event.type === 'conn_new' ? 'opened' : `closed (${event.reason ?? ''})`
      return `${timeOf(event.at)}  ${printable(word)}  ${printable(event.address)}:${event.port}`
    }
    case 'skipped':
      return `${event.count} events were skipped: this reader is too slow.`
    case 'other':
      return printable(event.line)
    default:
      return event satisfies never
  }
}

/** Of the day, by the server's clock, in UTC. */
function timeOf(at: number): string {
  return new Date(at * 1000).toISOString().slice(11, 23)
}
