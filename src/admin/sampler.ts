import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'
import type { AliasCounters } from './alias-counters.ts'
import type { Reading } from './counters.ts'
import { type Detail, readInDetail } from './detail.ts'
import { breakBetween } from './figures.ts'
import { historyPoint, type Marker, type Round, type Sample } from './history.ts'
import { HistoryRings } from './history-rings.ts'
import type { StatsClient } from './readings.ts'
import { type MemoryStore, readStores } from './store-figures.ts'

export interface SamplerSources {
  readonly clients: readonly StatsClient[]
  readonly aliases: AliasCounters
  readonly stores: ReadonlySet<MemoryStore>
  readonly sampleMs: Milliseconds
  /** How often they are asked while nobody looks. `Infinity`: not at all. */
  readonly backgroundMs: Milliseconds
  readonly clock: Clock
}

/** What every server told in one round, by server. */
export interface Details {
  readonly at: Milliseconds
  readonly byServer: ReadonlyMap<string, Detail>
}

/** How many intervals are kept: ten minutes of seconds. */
export const KEPT_INTERVALS = 600

/** A page that polls asks every few seconds; after so long nobody is looking any more. */
const IDLE_MS: Milliseconds = 10_000

/** How far back the details reach: ten seconds. */
const DETAILS_MS: Milliseconds = 10_000

/**
 * Asks the servers for their figures while somebody looks, however many do.
 *
 * Two rounds never begin within `sampleMs` of each other and never overlap. Without a subscriber,
 * and ten seconds after the last {@link latest}, it stops, or goes on every `backgroundMs`; the next
 * look starts it again.
 */
export class Sampler {
  readonly #sources: SamplerSources
  readonly #samples: Sample[] = []
  readonly #markers: Marker[] = []
  readonly #details: Details[] = []
  readonly #rings = new HistoryRings()
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

  /** Those of the last ten seconds, in time order. */
  get details(): readonly Details[] {
    return this.#details
  }

  /** The curves of the last six hours and of the last day. */
  get rings(): HistoryRings {
    return this.#rings
  }

  /** Begins to make rounds every `backgroundMs`, whoever looks. */
  startBackground(): void {
    if (this.#sources.backgroundMs !== Infinity) this.#start()
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
    const { clock, sampleMs, backgroundMs } = this.#sources
    while (!this.#closed && (this.#isWatched() || backgroundMs !== Infinity)) {
      const last = this.#samples.at(-1)
      const everyMs = this.#isWatched() ? sampleMs : backgroundMs
      const dueMs = last === undefined ? 0 : last.at + everyMs - clock.monotonic()
      // Asks again after the sleep: timers fire early by a part of a millisecond, and `latest` may
      // have made a round meanwhile.
      // Never for the whole of `backgroundMs`: somebody may begin to look.
      if (dueMs > 0) await clock.sleep(Math.min(dueMs, sampleMs))
      else await this.#take()
    }
    this.#running = false
  }

  #isWatched(): boolean {
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
    const told = {
      at: clock.monotonic(),
      wallMs: clock.now(),
      aliases: aliases.snapshot(),
      stores: readStores(stores),
    }
    const { readings, details } = await readInDetail(clients, clock)
    if (this.#closed) return
    const round: Round = { ...told, servers: readings }
    this.#details.push({ at: round.at, byServer: details })
    while ((this.#details[1]?.at ?? Infinity) <= round.at - DETAILS_MS) this.#details.shift()
    this.#rings.add(round)
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
