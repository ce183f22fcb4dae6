import type { Backend, Found, LeaseRead, ReadWants, ReportFailure } from '../cache/backend.ts'
import type { Seconds } from '../units.ts'
import type { NearCopies, NearCopy } from './near-copies.ts'
import { Overlaps } from './overlaps.ts'

// Questions of one call in flight at once, as for the keys of `MemcachedBackend.getMany`.
const SLICE = 1000

/** So that a near copy can be asked about, and its own time is known. */
const MARKED: ReadWants = Object.freeze({ mark: true })

/** The reads of a `TieredBackend`: what is near where that is an answer, else from afar. */
export class NearReads {
  readonly #far: Backend
  readonly #near: NearCopies
  readonly #overlaps = new Overlaps()

  constructor(far: Backend, near: NearCopies) {
    this.#far = far
    this.#near = near
  }

  peek(key: string): Found | undefined {
    const copy = this.#near.get(key)
    return copy !== undefined && this.#near.isTrusted(copy) ? this.#near.found(copy) : undefined
  }

  async get(key: string): Promise<Found | undefined> {
    return (await this.#answer(key)) ?? this.#keeping(key, () => this.#far.get(key, MARKED), itself)
  }

  async lease(key: string, leaseFor: Seconds): Promise<LeaseRead> {
    const found = await this.#answer(key)
    if (found !== undefined) return { found, token: undefined, hasFailed: false }
    return this.#keeping(key, () => this.#far.lease(key, leaseFor, MARKED), foundBy)
  }

  async getMany(keys: readonly string[], report: ReportFailure): Promise<Map<string, Found>> {
    const found = new Map<string, Found>()
    const absent: string[] = []
    const doubtful = new Map<string, NearCopy>()
    for (const key of keys) {
      const copy = this.#near.get(key)
      if (copy === undefined) absent.push(key)
      else if (this.#near.isTrusted(copy)) found.set(key, this.#near.found(copy))
      else doubtful.set(key, copy)
    }
    const [outdated] = await Promise.all([
      this.#askMany(doubtful, found, report),
      this.#readMany(absent, found, report),
    ])
    await this.#readMany(outdated, found, report)
    return found
  }

  /** To be called before a change of a key and after it. */
  forget(key: string): void {
    this.#overlaps.changed(key)
    this.#near.drop(key)
  }

  /** The same for all keys that start with `prefix`. */
  forgetAll(prefix: string): void {
    this.#overlaps.changedAll(prefix)
    this.#near.dropAll(prefix)
  }

  /** What is near, where it is trusted or found to be current. */
  async #answer(key: string): Promise<Found | undefined> {
    const copy = this.#near.get(key)
    if (copy === undefined) return undefined
    const isSo = this.#near.isTrusted(copy) || (await this.#isStillSo(key, copy))
    return isSo ? this.#near.found(copy) : undefined
  }

  /** Asks whether a copy is current. It is dropped where it is not, and trusted anew where it is. */
  async #isStillSo(key: string, copy: NearCopy): Promise<boolean> {
    if (this.#far.isCurrent === undefined || copy.mark === undefined) return false
    const reading = this.#overlaps.begin(key)
    try {
      const isSo = await this.#far.isCurrent(key, copy.mark)
      if (!isSo) this.#near.drop(key, copy)
      else if (this.#overlaps.isUndisturbed(reading)) this.#near.trust(copy)
      return isSo
    } finally {
      this.#overlaps.end(reading)
    }
  }

  /** Adds to `found` what is current, and returns the keys of what is not. */
  async #askMany(
    copies: ReadonlyMap<string, NearCopy>,
    found: Map<string, Found>,
    report: ReportFailure,
  ): Promise<string[]> {
    const outdated: string[] = []
    const ask = async (key: string, copy: NearCopy): Promise<void> => {
      if (await this.#isStillSo(key, copy)) found.set(key, this.#near.found(copy))
      else outdated.push(key)
    }
    const all = [...copies]
    for (let start = 0; start < all.length; start += SLICE) {
      const slice = all.slice(start, start + SLICE)
      await Promise.all(slice.map(([key, copy]) => ask(key, copy).catch(report)))
    }
    return outdated
  }

  async #readMany(
    keys: readonly string[],
    found: Map<string, Found>,
    report: ReportFailure,
  ): Promise<void> {
    if (keys.length === 0) return
    const readings = keys.map((key) => this.#overlaps.begin(key))
    try {
      const read = await this.#far.getMany(keys, report, MARKED)
      for (const reading of readings) {
        const one = read.get(reading.key)
        if (one === undefined) continue
        found.set(reading.key, one)
        if (this.#overlaps.isUndisturbed(reading)) this.#near.put(reading.key, one)
      }
    } finally {
      for (const reading of readings) this.#overlaps.end(reading)
    }
  }

  /** Reads from afar, and keeps a copy unless this process changed the key meanwhile. */
  async #keeping<T>(
    key: string,
    read: () => Promise<T>,
    foundIn: (result: T) => Found | undefined,
  ): Promise<T> {
    const reading = this.#overlaps.begin(key)
    try {
      const result = await read()
      const found = foundIn(result)
      if (found !== undefined && this.#overlaps.isUndisturbed(reading)) this.#near.put(key, found)
      return result
    } finally {
      this.#overlaps.end(reading)
    }
  }
}

function itself(found: Found | undefined): Found | undefined {
  return found
}

function foundBy({ found }: LeaseRead): Found | undefined {
  return found
}
