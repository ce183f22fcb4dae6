import { ratio } from '../admin/figures.ts'
import { formatCount, formatPercent } from '../admin/format.ts'
import type { MemcachedClient } from '../client/index.ts'
import { COLOR_OPTION, type Command, JSON_OPTION, PLACE_OPTIONS } from './command.ts'
import { HotKeys } from './hot-keys.ts'
import { EXIT, type Io } from './io.ts'
import { formatTable, type Heading } from './table.ts'
import { Target } from './target.ts'
import { choosePaint, escaped, formatJson } from './terminal.ts'

const HEADINGS: readonly Heading[] = [
  { label: 'READS', align: 'right' },
  { label: 'SHARE', align: 'right' },
  { label: 'MISSES', align: 'right' },
  { label: 'KEY', align: 'left' },
]

export const HOT: Command = {
  name: 'hot',
  words: '',
  fewestWords: 0,
  mostWords: 0,
  summary: 'The keys that are read most',
  about: `Watches what is read for up to 5 seconds, counts, and says how large the sample was:
servers leave out what comes too fast. Meanwhile a busy server has up to half of its
throughput, so look once rather than all the time.`,
  options: [
    ...PLACE_OPTIONS,
    { flags: '--seconds <time>', help: 'For so long, up to 5s (default: 2s)' },
    { flags: '-n, --limit <count>', help: 'So many keys (default: 20)' },
    JSON_OPTION,
    COLOR_OPTION,
  ],
  examples: ['reprise hot', 'reprise hot --seconds 5 --limit 50 --json'],
  run: async ({ options }, io) => {
    const seconds = options.seconds('seconds', { least: 0.1, most: 5, otherwise: 2 })
    const limit = options.count('limit', { least: 1, most: 10_000, otherwise: 20 })
    await using target = await Target.open(options, io)
    const hot = new HotKeys()
    const before = await logCounts(target.clients)
    await Promise.all(target.clients.map((client) => watchReads(client, seconds, hot, io)))
    if (io.signal.aborted) return EXIT.interrupted
    const after = await logCounts(target.clients)
    const written = after.written - before.written
    const dropped = after.dropped - before.dropped + hot.skipped
    // The server writes what a slow reader then does not get.
    const share = ratio(Math.max(0, written - hot.skipped), written - hot.skipped + dropped)
    const keys = hot.top(limit)
    if (options.flag('json')) {
      const whole = { schemaVersion: 1, seconds, reads: hot.reads, sampleShare: share, keys }
      io.stdout.write(`${formatJson(whole, 2)}\n`)
      return EXIT.ok
    }
    const rows = keys.map(({ key, reads, misses }) => [
      { text: formatCount(reads) },
      { text: formatPercent(ratio(reads, hot.reads)) },
      { text: formatCount(misses) },
      { text: escaped(key) },
    ])
    io.stdout.write(formatTable(HEADINGS, rows, choosePaint(io, options.kept('color'))))
    const told =
      share === null ? '' : `; the servers told of ${formatPercent(share)} of what they did`
    io.stderr.write(`${formatCount(hot.reads)} reads in ${seconds} s${told}.\n`)
    return EXIT.ok
  },
}

const MAX_EVENTS = 1_000_000

async function watchReads(
  client: MemcachedClient,
  seconds: number,
  hot: HotKeys,
  { signal }: Io,
): Promise<void> {
  const options = { durationMs: seconds * 1000, maxEvents: MAX_EVENTS, signal }
  for await (const event of client.watch(['fetchers', 'mutations'], options)) hot.add(event)
}

async function logCounts(
  clients: readonly MemcachedClient[],
): Promise<{ readonly written: number; readonly dropped: number }> {
  const answers = (await Promise.all(clients.map((client) => client.stats()))).flat()
  const sum = (name: 'log_worker_written' | 'log_worker_dropped'): number =>
    answers.reduce((so, { value }) => so + (value?.[name] ?? 0), 0)
  return { written: sum('log_worker_written'), dropped: sum('log_worker_dropped') }
}
