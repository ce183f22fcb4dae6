import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { type Fault, seededRandom } from '../../src/testing/index.ts'
import { expectHonest, expectRecovered, TIMEOUT_MS } from '../support/invariants.ts'
import { openScene } from '../support/scene.ts'

// By hand any length: `SOAK_SECONDS=1800 npm run test:only -- test/fault/soak.test.ts`.
const SECONDS = Number(process.env.SOAK_SECONDS ?? 10)
const SEED = Number(process.env.SOAK_SEED ?? 1)

// Above what the garbage collector leaves lying about from one time to the next.
const HEAP_NOISE_BYTES = 6_000_000

it(
  `survives ${SECONDS} s of random faults with no more heap and descriptors than before`,
  async () => {
    await using scene = await openScene(3, TIMEOUT_MS)
    const { load, proxy, faulty } = scene
    const random = seededRandom(SEED)
    const samples: { atMs: number; heapBytes: number; descriptors: number }[] = []
    const endAt = performance.now() + SECONDS * 1000
    let faultMs = 0

    for (let round = 0; performance.now() < endAt; round++) {
      const fault = randomFault(random)
      const lastMs = 50 + random() * 500
      await proxy.set(fault)
      await sleep(lastMs)
      await proxy.set({ kind: 'pass' })
      await expectRecovered(load, faulty)
      const seen = load.take()
      expectHonest(seen, { mayMiss: fault.kind === 'swap' || fault.kind === 'duplicate' })
      expect(Array.from(seen.servers).filter((server) => server !== faulty)).toEqual([])
      faultMs += lastMs
      // The first rounds make the code warm and the pools full.
      if (round >= 4) samples.push(await sample(endAt))
    }

    const made = proxy.counts.connections
    expect(proxy.open).toBeLessThanOrEqual(2 * 2)
    expect(made).toBeLessThanOrEqual(2 * (samples.length + 8) * 2 + 2 * 5 * (faultMs / 1000))
    const [early, late] = [samples.slice(0, 5), samples.slice(-5)]
    const heapGrown = least(late, 'heapBytes') - least(early, 'heapBytes')
    console.log(
      `soak: seed ${SEED}, ${samples.length} faults, ${made} connections, heap ${heapGrown} bytes (${Math.round(slope(samples))} bytes/s), descriptors ${least(early, 'descriptors')} → ${least(late, 'descriptors')}`,
    )
    expect(heapGrown).toBeLessThan(HEAP_NOISE_BYTES)
    // Each of the two connections may be open or not: three descriptors, the proxy's two among them.
    expect(least(late, 'descriptors') - least(early, 'descriptors')).toBeLessThanOrEqual(6)
  },
  SECONDS * 1000 + 60_000,
)

function randomFault(random: () => number): Fault {
  const by = random() < 0.5 ? 'fin' : 'rst'
  const times = random() < 0.3 ? 1 : 1 + Math.floor(random() * 1000)
  const toxicity = random() < 0.5 ? 1 : random()
  const faults: readonly Fault[] = [
    { kind: 'hang', toxicity },
    { kind: 'latency', ms: random() * 600, jitterMs: random() * 300 },
    { kind: 'throttle', bytesPerSecond: 1000 + Math.floor(random() * 1_000_000) },
    { kind: 'refuse' },
    { kind: 'accept-close', toxicity },
    { kind: 'slice', bytes: 'random' },
    { kind: 'garbage', times, toxicity },
    { kind: 'half-reply', by, times, toxicity },
    { kind: 'cut-after', replies: Math.floor(random() * 100), by },
    { kind: 'cut-after', bytes: Math.floor(random() * 100_000), by },
    { kind: 'duplicate', times, toxicity },
    { kind: 'swap', times, toxicity },
  ]
  return faults[Math.floor(random() * faults.length)] ?? { kind: 'pass' }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

async function sample(endAt: number) {
  await sleep(20)
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return {
    atMs: performance.now() - endAt,
    heapBytes: heapUsed + external,
    descriptors: readdirSync('/proc/self/fd').length,
  }
}

function least(samples: readonly Sample[], name: 'heapBytes' | 'descriptors'): number {
  return Math.min(...samples.map((each) => each[name]))
}

type Sample = Awaited<ReturnType<typeof sample>>

/** Of the heap, in bytes a second, by least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const at = mean(samples.map(({ atMs }) => atMs))
  const heap = mean(samples.map(({ heapBytes }) => heapBytes))
  const rise = samples.reduce(
    (sum, { atMs, heapBytes }) => sum + (atMs - at) * (heapBytes - heap),
    0,
  )
  const run = samples.reduce((sum, { atMs }) => sum + (atMs - at) ** 2, 0)
  return (rise / run) * 1000
}
