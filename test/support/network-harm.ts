import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, FaultProxy } from '../../src/testing/index.ts'
import type { Milliseconds } from '../../src/units.ts'

/** One of every kind that a {@link FaultProxy} knows, its numbers by chance. */
const FAULTS: Record<Fault['kind'], (random: () => number) => Fault> = {
  pass: () => ({ kind: 'pass' }),
  hang: (random) => ({ kind: 'hang', toxicity: sometimes(random) }),
  latency: (random) => ({ kind: 'latency', ms: 5, jitterMs: 40 * random() }),
  throttle: (random) => ({ kind: 'throttle', bytesPerSecond: 2000 + 60_000 * random() }),
  refuse: () => ({ kind: 'refuse' }),
  'accept-close': () => ({ kind: 'accept-close' }),
  slice: (random) => ({ kind: 'slice', bytes: random() < 0.5 ? 'random' : 1 + upTo(5, random) }),
  garbage: (random) => ({
    kind: 'garbage',
    times: 1 + upTo(2, random),
    // The second and the third are well-formed, and nobody's.
    ...[{}, { bytes: 'HD\r\n' }, { bytes: 'VA 5 f0 O1 kplain\r\nwrong\r\n' }, { bytes: 'VA 9' }][
      upTo(4, random)
    ],
  }),
  'half-reply': (random) => ({ kind: 'half-reply', by: cut(random), toxicity: random() }),
  'cut-after': (random) =>
    random() < 0.5
      ? { kind: 'cut-after', replies: upTo(30, random), by: cut(random) }
      : { kind: 'cut-after', bytes: upTo(20_000, random), by: cut(random) },
  duplicate: (random) => ({ kind: 'duplicate', toxicity: random() }),
  swap: (random) => ({ kind: 'swap', toxicity: random() }),
}

export interface Harm {
  readonly proxies: readonly FaultProxy[]
  readonly random: () => number
  readonly longestMs: Milliseconds
  /** Between two faults. */
  readonly pauseMs: Milliseconds
  readonly isOver: () => boolean
}

/** Breaks one way after another, each for a while. Returns how often each fault was set, by kind. */
export async function harmNetwork(harm: Harm): Promise<ReadonlyMap<string, number>> {
  const { proxies, random, longestMs, pauseMs, isOver } = harm
  const kinds = Object.values(FAULTS)
  const done = new Map<string, number>()
  while (!isOver()) {
    const proxy = proxies[upTo(proxies.length, random)]
    const fault = kinds[upTo(kinds.length, random)]?.(random)
    if (proxy === undefined || fault === undefined) break
    done.set(fault.kind, (done.get(fault.kind) ?? 0) + 1)
    await proxy.set(fault)
    await sleep(random() * longestMs)
    await proxy.set({ kind: 'pass' })
    await sleep(random() * pauseMs)
  }
  return done
}

function cut(random: () => number): 'fin' | 'rst' {
  return random() < 0.5 ? 'fin' : 'rst'
}

function sometimes(random: () => number): number {
  return random() < 0.5 ? 1 : random()
}

function upTo(below: number, random: () => number): number {
  return Math.floor(random() * below)
}
