import type { Entry, Found } from '../cache/backend.ts'
import type { Clock } from '../clock.ts'
import type { ValueCodec } from '../codec/value-codec.ts'
import type { Milliseconds } from '../units.ts'
import { KeyvCalls } from './keyv-calls.ts'
import { storeKey } from './keyv-key.ts'
import type { KeyvLike, ResolvedKeyvOptions } from './keyv-options.ts'
import { type Deadline, KeyvPatience } from './keyv-patience.ts'
import { type ReadRecord, readRecord, recordOf, type Stored } from './keyv-record.ts'
import { KeyvTurns } from './keyv-turns.ts'
import { MemoryLeases } from './memory-lease.ts'
import { Overlaps } from './overlaps.ts'

/** A key while no other change of it by this process is under way. */
export interface KeyvTurn {
  read(): Promise<ReadRecord | undefined>
  /** Resolves to `false` where the store declined; the old value is gone then. */
  write(stored: Stored): Promise<boolean>
  /** Resolves to what the store says: whether it was there. */
  remove(): Promise<boolean>
}

/** The records of a store, by the keys of the cache. A change ends the lease on its key. */
export class KeyvItems {
  readonly calls: KeyvCalls
  readonly patience: KeyvPatience
  readonly leases: MemoryLeases
  readonly #keyv: KeyvLike
  readonly #clock: Clock
  readonly #codec: ValueCodec
  readonly #turns: KeyvTurns
  readonly #overlaps = new Overlaps()

  constructor(keyv: KeyvLike, { timeoutMs, clock, codec }: ResolvedKeyvOptions) {
    this.patience = new KeyvPatience(timeoutMs, clock)
    this.calls = new KeyvCalls(keyv, this.patience)
    this.leases = new MemoryLeases(clock)
    this.#keyv = keyv
    this.#clock = clock
    this.#codec = codec
    this.#turns = new KeyvTurns(this.calls, this.patience)
  }

  now(): Milliseconds {
    return this.#clock.now()
  }

  /** Throws `ERR_VALUE_INVALID` for what cannot be kept. */
  encode(key: string, entry: Entry): Stored {
    return recordOf(this.#codec, key, entry, this.now())
  }

  async read(key: string): Promise<ReadRecord | undefined> {
    const deadline = this.patience.deadline()
    const storeAs = this.#storeKey(key)
    await this.#turns.ready(storeAs, deadline)
    return this.#readNow(key, storeAs, deadline)
  }

  /** As `read`, and tells whether this process changed the key meanwhile. */
  async watch(key: string): Promise<{ read: ReadRecord | undefined; isUndisturbed: boolean }> {
    const reading = this.#overlaps.begin(key)
    try {
      const read = await this.read(key)
      return { read, isUndisturbed: this.#overlaps.isUndisturbed(reading) }
    } finally {
      this.#overlaps.end(reading)
    }
  }

  /** Adds what there is to `found`. Keys that cannot be read now are told to `report`. */
  async readMany(
    keys: readonly string[],
    found: Map<string, Found>,
    report: (error: unknown) => void,
  ): Promise<void> {
    const deadline = this.patience.deadline()
    const ready = new Map<string, string>()
    const prepare = async (key: string): Promise<void> => {
      const storeAs = this.#storeKey(key)
      await this.#turns.ready(storeAs, deadline)
      ready.set(storeAs, key)
    }
    await Promise.all(keys.map((key) => prepare(key).catch(report)))
    if (ready.size === 0) return
    const texts = await this.calls.getMany([...ready.keys()], deadline)
    for (const [i, key] of [...ready.values()].entries()) {
      const read = readRecord(this.#codec, key, texts[i], this.now())
      if (read !== undefined) found.set(key, read.found)
    }
  }

  turn<T>(key: string, step: (turn: KeyvTurn) => Promise<T>): Promise<T> {
    const deadline = this.patience.deadline()
    const storeAs = this.#storeKey(key)
    return this.#turns.run(storeAs, deadline, () =>
      step({
        read: () => this.#readNow(key, storeAs, deadline),
        write: ({ text, ttlMs }) =>
          this.#changing(key, async () => {
            if (ttlMs > 0) return this.#turns.set(storeAs, text, ttlMs, deadline)
            await this.#turns.delete(storeAs, deadline)
            return true
          }),
        remove: () => this.#changing(key, () => this.#turns.delete(storeAs, deadline)),
      }),
    )
  }

  /** Ends all leases on keys that start with `prefix`, and waits for the changes under way. */
  async settle(prefix: string): Promise<void> {
    this.leases.clear(prefix)
    this.#overlaps.changedAll(prefix)
    await this.#turns.idle(this.patience.deadline())
    this.leases.clear(prefix)
    this.#overlaps.changedAll(prefix)
  }

  async #readNow(
    key: string,
    storeAs: string,
    deadline: Deadline,
  ): Promise<ReadRecord | undefined> {
    return readRecord(this.#codec, key, await this.calls.get(storeAs, deadline), this.now())
  }

  async #changing<T>(key: string, change: () => Promise<T>): Promise<T> {
    this.#overlaps.changed(key)
    try {
      return await change()
    } finally {
      this.#overlaps.changed(key)
      this.leases.cancel(key)
    }
  }

  #storeKey(key: string): string {
    return storeKey(key, this.#keyv.namespace)
  }
}
