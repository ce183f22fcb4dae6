import type { MemcachedClient } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import type { Bytes, Milliseconds, Seconds } from '../units.ts'

export interface BenchOptions {
  /** Of the whole run. */
  readonly seconds: Seconds
  readonly valueBytes: Bytes
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** One kind of work: how many there were, how long each took. */
export interface Measured {
  readonly name: 'get' | 'set' | 'batched'
  readonly inFlight: number
  readonly count: number
  readonly perSecond: number
  readonly p50Ms: Milliseconds
  readonly p99Ms: Milliseconds
}

export const BENCH_PREFIX = 'reprise-bench:'
const KEYS = 1000
// So that nothing stays, whatever ends the run.
const TTL: Seconds = 120
const IN_FLIGHT = 200

/** Gets and sets one after the other, and gets many at once, a third of the time each. */
export async function runBench(
  client: MemcachedClient,
  options: BenchOptions,
): Promise<readonly Measured[]> {
  const { seconds, valueBytes } = options
  const keys = Array.from({ length: KEYS }, (_, i) => `${BENCH_PREFIX}${i}`)
  // Not all the same byte, for a network that packs what it carries.
  const value = Buffer.from(Array.from({ length: valueBytes }, (_, i) => (i * 131 + 7) % 251))
  await client.setMany(
    keys.map((key) => [key, value] as const),
    { ttl: TTL },
  )
  const get = async (i: number): Promise<unknown> => client.get(keys[i % KEYS] ?? BENCH_PREFIX)
  const set = async (i: number): Promise<unknown> =>
    client.set(keys[i % KEYS] ?? BENCH_PREFIX, value, { ttl: TTL })
  const each = seconds / 3
  try {
    // What runs first would pay for the connection and for cold code.
    await measure('get', get, 1, Math.min(0.2, each / 4), options)
    return [
      await measure('get', get, 1, each, options),
      await measure('set', set, 1, each, options),
      await measure('batched', get, IN_FLIGHT, each, options),
    ]
  } finally {
    await client.deleteMany(keys).catch(() => 0)
  }
}

// One time in so many is kept of fast work: enough for its percentiles.
const MAX_TIMES = 200_000

async function measure(
  name: Measured['name'],
  work: (i: number) => Promise<unknown>,
  inFlight: number,
  seconds: Seconds,
  { clock, signal }: BenchOptions,
): Promise<Measured> {
  const times: Milliseconds[] = []
  const start = clock.monotonic()
  const end = start + seconds * 1000
  let count = 0
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      const began = clock.monotonic()
      if (began >= end) return
      await work(count)
      times[count % MAX_TIMES] = clock.monotonic() - began
      count++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, loop))
  const took = (clock.monotonic() - start) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number): Milliseconds => times[Math.floor((times.length - 1) * share)] ?? 0
  return { name, inFlight, count, perSecond: count / took, p50Ms: at(0.5), p99Ms: at(0.99) }
}
