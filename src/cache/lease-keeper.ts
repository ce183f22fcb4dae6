import type { Clock } from '../clock.ts'
import type { Seconds } from '../units.ts'

/** What a {@link LeaseKeeper} keeps alive. */
export interface Renewable {
  readonly leaseFor: Seconds
  /** Resolves to whether it is still held. */
  renew(): Promise<boolean>
  release(): Promise<void>
}

/**
 * How often a lease is renewed before it is given up: 10 minutes at the default length. A
 * computation that never ends, or a lease that somebody forgot, must not lock its key for ever.
 */
const MAX_RENEWALS = 120

/**
 * Renews the leases of one cache, each at least every half of its length.
 *
 * One timer for all of one length: a timer per lease would outlive most of them by seconds.
 */
export class LeaseKeeper {
  readonly #clock: Clock
  readonly #held = new Map<Seconds, Map<Renewable, number>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  keep(lease: Renewable): void {
    const held = this.#held.get(lease.leaseFor)
    if (held !== undefined) {
      held.set(lease, 0)
      return
    }
    const first = new Map([[lease, 0]])
    this.#held.set(lease.leaseFor, first)
    void this.#run(lease.leaseFor, first)
  }

  drop(lease: Renewable): void {
    this.#held.get(lease.leaseFor)?.delete(lease)
  }

  /** Gives all of them up, so that nobody waits for what is not going to come. */
  async releaseAll(): Promise<void> {
    const held = Array.from(this.#held.values(), (leases) => [...leases.keys()]).flat()
    await Promise.all(held.map((lease) => lease.release()))
  }

  async #run(leaseFor: Seconds, held: Map<Renewable, number>): Promise<void> {
    while (held.size > 0) {
      await this.#clock.sleep((leaseFor * 1000) / 2)
      await Promise.all(Array.from(held, ([lease, renewals]) => renew(lease, renewals, held)))
    }
    this.#held.delete(leaseFor)
  }
}

async function renew(
  lease: Renewable,
  renewals: number,
  held: Map<Renewable, number>,
): Promise<void> {
  const isHeld = renewals < MAX_RENEWALS && (await lease.renew())
  if (!isHeld) held.delete(lease)
  else if (held.has(lease)) held.set(lease, renewals + 1)
}
