import { formatBytes, formatCount, formatRate } from '../admin/format.ts'
import { parseSize, type Size } from '../units.ts'
import { type Measured, runBench } from './bench-run.ts'
import { type Command, JSON_OPTION, PLACE_OPTIONS } from './command.ts'
import { EXIT } from './io.ts'
import { Target } from './target.ts'
import { formatJson, printable } from './terminal.ts'
import { UsageError } from './usage.ts'

const MAX_VALUE = 1_000_000

export const BENCH: Command = {
  name: 'bench',
  words: '',
  fewestWords: 0,
  mostWords: 0,
  summary: 'How fast one server answers from here',
  about: `Gets and sets a thousand keys of its own on one server, from this machine and over
this network, and says in plain words what that means. It loads the server as much
as one process can, and deletes its keys at the end. What it measures is the way
there and back as well, which is most of it.`,
  options: [
    ...PLACE_OPTIONS,
    { flags: '--seconds <time>', help: 'For so long, up to 1m (default: 6s)' },
    { flags: '--value <size>', help: 'Size of each value, up to 1000000 (default: 1kb)' },
    JSON_OPTION,
  ],
  examples: ['reprise bench --servers 10.0.0.1', 'reprise bench --seconds 1m --value 10kb --json'],
  run: async ({ options }, io) => {
    const seconds = options.seconds('seconds', { least: 0.3, most: 60, otherwise: 6 })
    const valueBytes = parseSize('--value', sizeOf(options.text('value') ?? '1kb'))
    if (valueBytes > MAX_VALUE) {
      throw new UsageError(`--value is ${valueBytes}: it must be at most ${MAX_VALUE} bytes.`)
    }
    await using target = await Target.open(options, io)
    const { client } = target
    if (client.servers.length !== 1) {
      throw new UsageError(
        `bench is for one server, and there are ${client.servers.length}: name one with --servers.`,
      )
    }
    const server = client.servers[0] ?? ''
    const { clock, signal } = io
    const measured = await runBench(client, { seconds, valueBytes, clock, signal })
    if (signal.aborted) return EXIT.interrupted
    if (options.flag('json')) {
      io.stdout.write(`${formatJson({ schemaVersion: 1, server, valueBytes, measured }, 2)}\n`)
    } else {
      io.stdout.write(plainWords(server, valueBytes, measured))
    }
    return EXIT.ok
  },
}

/** Of a whole page, so that people can put it beside what they know. */
const PAGE_READS = 20

function plainWords(server: string, valueBytes: number, measured: readonly Measured[]): string {
  const [get, set, batched] = measured
  if (get === undefined || set === undefined || batched === undefined) return ''
  return `${printable(server)}, values of ${formatBytes(valueBytes)}, one process:

One get after the other takes ${ms(get.p50Ms)}; one in a hundred takes ${ms(get.p99Ms)} or longer.
One set after the other takes ${ms(set.p50Ms)}; one in a hundred takes ${ms(set.p99Ms)} or longer.
With ${batched.inFlight} gets under way at once it is ${formatRate(batched.perSecond)} gets a second: they share the
way there and back. One after the other it is ${formatRate(get.perSecond)}.

A page that reads ${PAGE_READS} values one after the other waits ${ms(get.p50Ms * PAGE_READS)} for the cache; with
getMany it waits about ${ms(get.p50Ms)}. ${verdict(get)}
${formatCount(measured.reduce((sum, { count }) => sum + count, 0))} commands in all; its keys are deleted.
`
}

function verdict({ p50Ms, p99Ms }: Measured): string {
  if (p50Ms > 5) {
    return 'That is far for a cache: put the server\nnearer, into the same data centre as the application.'
  }
  if (p99Ms > 20 * p50Ms && p99Ms > 5) {
    return 'Some take very much longer\nthan most: the server, this machine or the network is busy with something else.'
  }
  return p50Ms > 1 ? 'That is usual over a network.' : 'That is as it should be.'
}

function ms(value: number): string {
  if (value < 0.1) return `${(value * 1000).toFixed(0)} µs`
  return value < 10 ? `${value.toFixed(2)} ms` : `${value.toFixed(0)} ms`
}

/** A bare number is bytes. */
function sizeOf(text: string): Size {
  return /^\d+$/.test(text) ? Number(text) : (text as Size)
}
