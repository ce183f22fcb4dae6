import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'
import type { AliasCounters } from './alias-counters.ts'
import type { Reading } from './counters.ts'
import { breakBetween } from './figures.ts'
import { historyPoint, type Marker, type Round, type Sample } from './history.ts'
import { readServers, type StatsClient } from './readings.ts'
import { type MemoryStore, readStores } from './store-figures.ts'

export interface SamplerSources {
  readonly clients: readonly StatsClient[]
  readonly aliases: AliasCounters
  readonly stores: ReadonlySet<MemoryStore>
  readonly sampleMs: Milliseconds
  readonly clock: Clock
}

/** How many intervals are kept: ten minutes of seconds. */
export const KEPT_INTERVALS = 600

/** A page that polls asks every few seconds; after so long nobody is looking any more. */
const IDLE_MS: Milliseconds = 10_000

/**
 * Asks the servers for their figures while somebody looks, however many do.
 *
 * Two rounds never begin within `sampleMs` of each other and never overlap. Without a subscriber,
 * and ten seconds after the last {@link latest}, it stops; the next look starts it again.
 */
export class Sampler {
  readonly #sources: SamplerSources
  readonly #samples: Sample[] = []
  readonly #markers: Marker[] = []
  readonly #lastUp = new Map<string, Reading>()
  readonly #listeners = new Set<() => void>()
  #taking: Promise<void> | undefined
  #seenAt = Number.NEGATIVE_INFINITY
  #running = false
  #closed = false

  constructor(sources: SamplerSources) {
    this.#sources = sources
  }

  /** In time order. */
  get samples(): readonly Sample[] {
    return this.#samples
  }

  get markers(): readonly Marker[] {
    return this.#markers
  }

  /** Whether rounds are being made: somebody looks, or did a moment ago. */
  get running(): boolean {
    return this.#running
  }

  /** Makes sure that the last sample is at most `sampleMs` old. */
  async latest(): Promise<void> {
    const { clock, sampleMs } = this.#sources
    this.#seenAt = clock.monotonic()
    const last = this.#samples.at(-1)
    if (last === undefined || clock.monotonic() - last.at >= sampleMs) await this.#take()
    this.#start()
  }

  /** Calls `listener` after each sample, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    this.#start()
    return () => {
      this.#listeners.delete(listener)
    }
  }

  close(): void {
    this.#closed = true
    this.#listeners.clear()
  }

  #start(): void {
    if (this.#running || this.#closed) return
    this.#running = true
    // Nothing in it rejects: a server that fails is a reading with an error.
    void this.#run()
  }

  async #run(): Promise<void> {
    const { clock, sampleMs } = this.#sources
    while (this.#isWatched()) {
      const last = this.#samples.at(-1)
      const dueMs = last === undefined ? 0 : last.at + sampleMs - clock.monotonic()
      // Asks again after the sleep: timers fire early by a part of a millisecond, and `latest` may
      // have made a round meanwhile.
      if (dueMs > 0) await clock.sleep(dueMs)
      else await this.#take()
    }
    this.#running = false
  }

  #isWatched(): boolean {
    if (this.#closed) return false
    return this.#listeners.size > 0 || this.#sources.clock.monotonic() - this.#seenAt < IDLE_MS
  }

  #take(): Promise<void> {
    this.#taking ??= this.#read().finally(() => {
      this.#taking = undefined
    })
    return this.#taking
  }

  async #read(): Promise<void> {
    const { clients, aliases, stores, clock, sampleMs } = this.#sources
    const round = {
      at: clock.monotonic(),
      wallMs: clock.now(),
      aliases: aliases.snapshot(),
      stores: readStores(stores),
      servers: await readServers(clients, clock),
    }
    if (this.#closed) return
    this.#mark(round)
    this.#samples.push({ ...round, point: historyPoint(this.#samples.at(-1), round, sampleMs) })
    this.#forget(round)
    for (const listener of this.#listeners) listener()
  }

  #mark(round: Round): void {
    for (const reading of round.servers) {
      if (reading.counters === undefined) continue
      const before = this.#lastUp.get(reading.server)
      const kind = before === undefined ? undefined : breakBetween(before, reading)
      if (kind !== undefined) {
        this.#markers.push({ wallMs: round.wallMs, server: reading.server, kind })
      }
      this.#lastUp.set(reading.server, reading)
    }
  }

  /** Keeps one sample older than the span: it is what the next one is subtracted from. */
  #forget(newest: Round): void {
    const span = KEPT_INTERVALS * this.#sources.sampleMs
    const keep = this.#samples.findIndex(({ at }) => at >= newest.at - span)
    if (keep > 1) this.#samples.splice(0, keep - 1)
    const markersKept = this.#markers.findIndex(({ wallMs }) => wallMs >= newest.wallMs - span)
    this.#markers.splice(0, markersKept === -1 ? this.#markers.length : markersKept)
  }
}
