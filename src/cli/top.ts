import type { Reading } from '../admin/counters.ts'
import { intervalBetween } from '../admin/figures.ts'
import { formatPercent, formatRate } from '../admin/format.ts'
import { readServers, type StatsClient } from '../admin/readings.ts'
import { type ServerFigures, serverFigures, totalFigures } from '../admin/server-figures.ts'
import { COLOR_OPTION, type Command, PLACE_OPTIONS } from './command.ts'
import { EXIT, type Io, pause } from './io.ts'
import { Screen } from './screen.ts'
import { INTERVAL_RANGE } from './stats.ts'
import { Target } from './target.ts'
import { choosePaint, formatJson, printable } from './terminal.ts'
import { FIRST_STATE, press, type TopState } from './top-state.ts'
import { COLUMN_COUNT, type TopFrame, topLines } from './top-view.ts'

export const TOP: Command = {
  name: 'top',
  words: '',
  fewestWords: 0,
  mostWords: 0,
  summary: 'The servers at work, on the whole screen',
  about: `Shows every server with its figures of the last interval and a curve of its
operations. Keys: q ends, s and S choose the column to sort by, r reverses, p pauses,
h helps. It costs each server one round trip in each interval.

Where it does not write to a terminal it prints a line per server and interval.`,
  options: [
    ...PLACE_OPTIONS,
    { flags: '-i, --interval <time>', help: 'Between two rounds: 500ms, 1s, 1m (default: 1s)' },
    { flags: '-n, --rounds <count>', help: 'Ends after so many' },
    { flags: '--json', help: 'One JSON object per line and interval' },
    COLOR_OPTION,
  ],
  examples: ['reprise top', 'reprise top --interval 5s | tee top.log'],
  run: async ({ options }, io) => {
    const interval = options.seconds('interval', INTERVAL_RANGE)
    const rounds = options.count('rounds', { least: 1, most: 1e15, otherwise: Infinity })
    const json = options.flag('json')
    await using target = await Target.open(options, io)
    const frames = new Frames(target.clients, interval, rounds, io)
    const isScreen = io.stdout.isTTY === true && io.stdin.isTTY === true && !json
    if (isScreen && io.env.TERM !== 'dumb') {
      return await showScreen(frames, options.kept('color'), io)
    }
    let isAnyUp = true
    await frames.run((frame) => {
      isAnyUp = frame.total.serversUp > 0
      if (json) io.stdout.write(`${formatJson(jsonOf(frame, io))}\n`)
      else io.stdout.write(frame.servers.map((one) => plainLine(frame.time, one)).join(''))
    })
    if (io.signal.aborted) return EXIT.interrupted
    return isAnyUp ? EXIT.ok : EXIT.unreachable
  },
}

// More than any screen is wide.
const KEPT = 600

/** Asks in rounds, and remembers what a curve needs. */
class Frames {
  readonly interval: number
  readonly #clients: readonly StatsClient[]
  readonly #rounds: number
  readonly #io: Io
  readonly #history = new Map<string, (number | null)[]>()

  constructor(clients: readonly StatsClient[], interval: number, rounds: number, io: Io) {
    this.interval = interval
    this.#clients = clients
    this.#rounds = rounds
    this.#io = io
  }

  /** Until the signal, or as many rounds as were asked for. */
  async run(show: (frame: TopFrame) => void, signal = this.#io.signal): Promise<void> {
    const { clock } = this.#io
    let before = await readServers(this.#clients, clock)
    for (let round = 0; round < this.#rounds; round++) {
      await pause({ clock, signal }, this.interval * 1000)
      if (signal.aborted) return
      const after = await readServers(this.#clients, clock)
      if (signal.aborted) return
      show(this.#frame(before, after))
      before = after
    }
  }

  #frame(before: readonly Reading[], after: readonly Reading[]): TopFrame {
    // Servers that are discovered may have come or gone.
    const known = new Map(before.map((reading) => [reading.server, reading]))
    const observed = after.map((reading) => ({
      reading,
      interval: intervalBetween(known.get(reading.server), reading),
    }))
    const servers = observed.map(serverFigures)
    const total = totalFigures(observed)
    for (const { server, operationsPerSecond } of servers) this.#keep(server, operationsPerSecond)
    this.#keep('', total.operationsPerSecond)
    const time = new Date(this.#io.clock.now()).toISOString().slice(11, 19)
    return { servers, total, history: this.#history, time, interval: this.interval }
  }

  #keep(name: string, value: number | null): void {
    const values = this.#history.get(name) ?? []
    this.#history.set(name, values)
    values.push(value)
    if (values.length > KEPT) values.shift()
  }
}

async function showScreen(frames: Frames, isColored: boolean, io: Io): Promise<number> {
  const paint = choosePaint(io, isColored)
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, io.signal])
  let state: TopState = FIRST_STATE
  let last: TopFrame | undefined
  let isInterrupted = false
  const draw = (): void => {
    if (last !== undefined) screen.draw(topLines(last, state, screen.size, paint))
  }
  const key = (pressed: string): void => {
    const next = press(state, pressed, COLUMN_COUNT)
    if (next === 'quit' || next === 'interrupt') {
      isInterrupted = next === 'interrupt'
      ended.abort()
      return
    }
    state = next
    draw()
  }
  using screen = new Screen(io, { key, resize: () => draw() })
  screen.draw(['reprise top: the first figures come after one interval …'])
  await frames.run((frame) => {
    if (state.isPaused) return
    last = frame
    draw()
  }, signal)
  return isInterrupted || io.signal.aborted ? EXIT.interrupted : EXIT.ok
}

function jsonOf({ servers, total }: TopFrame, { clock }: Io): object {
  return { schemaVersion: 1, atMs: clock.now(), total, servers }
}

function plainLine(time: string, one: ServerFigures): string {
  const { server, up, error } = one
  const start = `${time}  ${printable(server)}`
  if (!up) return `${start}  down  ${printable(error ?? '')}\n`
  const parts = [
    `hit ratio ${formatPercent(one.hitRatio)}`,
    `${formatRate(one.operationsPerSecond)} ops/s`,
    `${formatRate(one.getsPerSecond)} gets/s`,
    `${formatRate(one.setsPerSecond)} sets/s`,
    `${formatRate(one.evictionsPerSecond)} evicted/s`,
    `memory ${formatPercent(one.memoryFull)}`,
  ]
  return `${start}  up  ${parts.join('  ')}\n`
}
