import type { Reading } from '../admin/counters.ts'
import { breakBetween, intervalBetween } from '../admin/figures.ts'
import { readServers, type StatsClient } from '../admin/readings.ts'
import { serverFigures, totalFigures } from '../admin/server-figures.ts'
import type { StatsArguments } from './arguments.ts'
import { EXIT, type Io } from './io.ts'
import { openClient } from './servers.ts'
import { formatStats } from './stats-table.ts'
import { choosePaint, type Paint, printable } from './terminal.ts'

const CLEAR = '\u001b[H\u001b[2J'

/** Shows the servers' figures over an interval. Resolves to the exit code. */
export async function runStats(args: StatsArguments, io: Io): Promise<number> {
  const { client, close } = openClient(args.servers, io.env)
  try {
    return await show(client, args, io)
  } finally {
    await close()
  }
}

async function show(client: StatsClient, args: StatsArguments, io: Io): Promise<number> {
  const paint = choosePaint(io, args.color)
  let before = await readServers([client], io.clock)
  do {
    await Promise.race([io.clock.sleep(args.interval * 1000), aborted(io.signal)])
    if (io.signal.aborted) return EXIT.interrupted
    const after = await readServers([client], io.clock)
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
    stdout.write(`${watch ? JSON.stringify(whole) : JSON.stringify(whole, null, 2)}\n`)
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
