import type { Reading } from '../admin/counters.ts'
import { breakBetween, intervalBetween } from '../admin/figures.ts'
import { readServers, type StatsClient } from '../admin/readings.ts'
import { serverFigures, totalFigures } from '../admin/server-figures.ts'
import type { Seconds } from '../units.ts'
import {
  COLOR_OPTION,
  type Command,
  type Given,
  type OptionSpec,
  PLACE_OPTIONS,
} from './command.ts'
import { EXIT, type Io, pause } from './io.ts'
import { type StatsDetail, showDetail } from './stats-detail.ts'
import { formatStats } from './stats-table.ts'
import { Target } from './target.ts'
import { choosePaint, formatJson, type Paint, printable } from './terminal.ts'
import { hint, UsageError } from './usage.ts'

const CLEAR = '\u001b[H\u001b[2J'

export const INTERVAL_OPTION: OptionSpec = {
  flags: '-i, --interval <time>',
  help: 'Between the two questions: 500ms, 1s, 1m (default: 1s)',
}

export const INTERVAL_RANGE: { least: number; most: number; otherwise: number } = {
  least: 0.1,
  most: 86_400,
  otherwise: 1,
}

const DETAILS: readonly StatsDetail[] = ['items', 'slabs', 'settings', 'conns']

export const STATS: Command = {
  name: 'stats',
  words: `[${DETAILS.join('|')}]`,
  fewestWords: 0,
  mostWords: 1,
  summary: 'What the servers do and how full they are',
  about: `Asks every server twice and shows what happened in between, and how full it is.
The figures are those of the dashboard: – where there is nothing to say, and
totals in which hits and gets are added before they are divided.

With a word, asks once for that: items and slabs by slab class, how a server is
set up, or who is connected to it.`,
  options: [
    ...PLACE_OPTIONS,
    INTERVAL_OPTION,
    { flags: '-w, --watch', help: 'Goes on until it is interrupted' },
    {
      flags: '--json',
      help: 'One JSON object, with --watch one per line;\nratios are from 0 to 1',
    },
    COLOR_OPTION,
  ],
  examples: [
    'reprise stats',
    'reprise stats slabs -s 10.0.0.1',
    'reprise stats -s 10.0.0.1,10.0.0.2 --interval 10s',
    'reprise stats --json | jq .total.hitRatio',
  ],
  run: async ({ words: [word], options }, io) => {
    if (word !== undefined) return runDetail(word, { words: [], options }, io)
    const args: StatsArguments = {
      interval: options.seconds('interval', INTERVAL_RANGE),
      watch: options.flag('watch'),
      json: options.flag('json'),
      color: options.kept('color'),
    }
    await using target = await Target.open(options, io)
    return await show(target.clients, args, io)
  },
}

interface StatsArguments {
  readonly interval: Seconds
  readonly watch: boolean
  readonly json: boolean
  readonly color: boolean
}

async function runDetail(word: string, { options }: Given, io: Io): Promise<number> {
  const detail = DETAILS.find((one) => one === word)
  if (detail === undefined) {
    throw new UsageError(`There is no stats ${word}.${hint(word, DETAILS)}`)
  }
  await using target = await Target.open(options, io)
  const paint = choosePaint(io, options.kept('color'))
  return await showDetail(detail, target.clients, options.flag('json'), paint, io)
}

async function show(
  clients: readonly StatsClient[],
  args: StatsArguments,
  io: Io,
): Promise<number> {
  const paint = choosePaint(io, args.color)
  let before = await readServers(clients, io.clock)
  do {
    await pause(io, args.interval * 1000)
    if (io.signal.aborted) return EXIT.interrupted
    const after = await readServers(clients, io.clock)
    if (io.signal.aborted) return EXIT.interrupted
    report(before, after, args, io, paint)
    before = after
  } while (args.watch)
  return before.some(({ counters }) => counters === undefined) ? EXIT.unreachable : EXIT.ok
}

function report(
  before: readonly Reading[],
  after: readonly Reading[],
  { json, watch, interval }: StatsArguments,
  { stdout, stderr, clock }: Io,
  paint: Paint,
): void {
  const observed = after.map((reading, i) => ({
    reading,
    interval: intervalBetween(before[i], reading),
  }))
  const total = totalFigures(observed)
  const servers = observed.map(serverFigures)
  if (json) {
    const whole = { schemaVersion: 1, atMs: clock.now(), intervalSeconds: interval, total, servers }
    stdout.write(`${watch ? formatJson(whole) : formatJson(whole, 2)}\n`)
  } else {
    const isScreen = watch && stdout.isTTY === true
    stdout.write(`${isScreen ? CLEAR : ''}${formatStats(servers, total, paint)}`)
    if (watch && !isScreen) stdout.write('\n')
  }
  for (const [i, { server, error }] of after.entries()) {
    const old = before[i]
    if (error !== undefined) stderr.write(`${printable(server)}: ${printable(error)}\n`)
    else if (old !== undefined && breakBetween(old, after[i] ?? old) !== undefined) {
      stderr.write(`${printable(server)}: it was restarted, or its counters were set back.\n`)
    }
  }
}
