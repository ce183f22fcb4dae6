import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'

// Eight buckets per doubling, from a microsecond on: a bucket's end is at most 9.1 % above what is
// in it. 27 doublings reach two minutes.
const PER_DOUBLING = 8
const BUCKETS = 27 * PER_DOUBLING
const SMALLEST: Milliseconds = 0.001

/** How long things took. Small, exact in its counts, and within 10 % in its times. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS)
  #total = 0

  get total(): number {
    return this.#total
  }

  add(ms: Milliseconds): void {
    const index = ms <= SMALLEST ? 0 : Math.ceil(Math.log2(ms / SMALLEST) * PER_DOUBLING)
    const at = Math.min(BUCKETS - 1, index)
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#total++
  }

  /** The counts of all, in a new one. */
  static sum(histograms: readonly Histogram[]): Histogram {
    const sum = new Histogram()
    for (const histogram of histograms) {
      sum.#total += histogram.#total
      for (let i = 0; i < BUCKETS; i++) {
        sum.#counts[i] = (sum.#counts[i] ?? 0) + (histogram.#counts[i] ?? 0)
      }
    }
    return sum
  }

  /** The time that `share` of all did not exceed, rounded up to a bucket's end. */
  quantile(share: number): Milliseconds | null {
    if (this.#total === 0) return null
    const rank = Math.max(1, Math.ceil(this.#total * share))
    let seen = 0
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i] ?? 0
      if (seen >= rank) return SMALLEST * 2 ** (i / PER_DOUBLING)
    }
    return null
  }
}

const TURN_MS: Milliseconds = 60_000

/** What the last one to two minutes took: what is older says nothing of now. */
export class RecentHistogram {
  readonly #clock: Clock
  #now = new Histogram()
  #before = new Histogram()
  #turnsAt: Milliseconds

  constructor(clock: Clock) {
    this.#clock = clock
    this.#turnsAt = clock.monotonic() + TURN_MS
  }

  add(ms: Milliseconds): void {
    this.#turn()
    this.#now.add(ms)
  }

  get parts(): readonly Histogram[] {
    this.#turn()
    return [this.#now, this.#before]
  }

  #turn(): void {
    const late = this.#clock.monotonic() - this.#turnsAt
    if (late < 0) return
    this.#before = late < TURN_MS ? this.#now : new Histogram()
    this.#now = new Histogram()
    this.#turnsAt = this.#clock.monotonic() + TURN_MS
  }
}
