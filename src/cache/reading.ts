import type { Milliseconds } from '../units.ts'
import type { Found, LeaseRead, Storable } from './backend.ts'
import type { CacheCore } from './core.ts'
import { hideFailure, noteFailure, publishFailure } from './failure.ts'
import { FillTags } from './fill-tags.ts'
import { Lease } from './lease.ts'
import type { FirstRead, ReadOrLease, ReadOrLeaseResult } from './read-or-lease.ts'
import type { TagRead } from './tag-reads.ts'
import { NOTHING_READ } from './tag-scope.ts'
import type { Verdict } from './tags.ts'

// Each time somebody else changed the key between two of our commands.
const MAX_CHANGES = 4

const WITH_MARK = Object.freeze({ mark: true })

const NO_ANSWER = Object.freeze({ leased: undefined, read: NOTHING_READ })

const UNAVAILABLE = Object.freeze({ state: 'unavailable', old: undefined })

/** One call's reading of a key, however often it asks. */
export class Reading {
  readonly #core: CacheCore
  readonly #key: string
  readonly #asked: ReadOrLease
  /** Whether any fresh value with valid tags is an answer. */
  readonly #isPlain: boolean
  readonly #startedMs: Milliseconds
  readonly #carried: readonly string[]
  #turns = 0

  constructor(core: CacheCore, key: string, asked: ReadOrLease) {
    this.#core = core
    this.#key = key
    this.#asked = asked
    this.#isPlain = asked.accepts === undefined && asked.isDue === undefined && !asked.isForced
    this.#startedMs = this.#isPlain && asked.waitMs === 0 ? 0 : core.clock.monotonic()
    this.#carried = core.tags.carried(asked.tags)
  }

  /** How long it may still wait. */
  get leftMs(): Milliseconds {
    const { waitMs } = this.#asked
    return waitMs === 0 ? 0 : this.#startedMs + waitMs - this.#core.clock.monotonic()
  }

  async next(): Promise<ReadOrLeaseResult> {
    const { backend, tags } = this.#core
    const { isDue, leaseFor } = this.#asked
    try {
      for (let changes = 0; changes <= MAX_CHANGES; changes++) {
        this.#turns++
        const keys = tags.expected(this.#key, this.#carried)
        let { leased, read } = this.#first() ?? NO_ANSWER
        // Not awaited where it is there already, and in no function of its own: who reads after it
        // must not be ahead of it.
        if (leased === undefined) {
          // What is due by its lifetime has to tell it.
          const leasing = backend.lease(this.#key, leaseFor, isDue && WITH_MARK)
          // In the same turn, so that both leave in one write, and behind the entry: what was filled
          // in between would carry a newer version than was read.
          const reading = keys.length === 0 ? undefined : tags.reads.read(keys)
          leased = await leasing
          if (reading !== undefined) read = await reading
        }
        const { found } = leased
        // The short way of a hit: what is asynchronous below costs it as much again.
        if (
          this.#isPlain &&
          found?.state === 'fresh' &&
          tags.judge(found, read.versions) === 'valid'
        ) {
          if (found.tags === undefined && keys !== this.#carried) tags.forget(this.#key)
          return { state: 'fresh', found, lease: undefined }
        }
        const result = await this.#answer(leased, read, keys)
        if (result !== 'changed') return result
      }
      return { state: 'busy', old: undefined, hasFailed: false }
    } catch (error) {
      return hideFailure(this.#core, this.#asked.operation, error, UNAVAILABLE)
    }
  }

  /** What was read for this call already. */
  #first(): FirstRead | undefined {
    return this.#turns === 1 ? this.#asked.first?.() : undefined
  }

  async #answer(
    leased: LeaseRead,
    given: TagRead,
    keys: readonly string[],
  ): Promise<ReadOrLeaseResult | 'changed'> {
    const { backend, tags } = this.#core
    const { found } = leased
    let read = given
    if (found === undefined) {
      const isKnown = this.#carried.every((key) => read.versions.has(key))
      if (!isKnown && leased.token !== undefined) return this.#unjudged(leased, read)
      return this.#compute(leased, false, undefined, read)
    }
    if (found.tags === undefined && keys !== this.#carried) tags.forget(this.#key)
    let verdict = tags.judge(found, read.versions)
    if (verdict === 'unknown' && read.failure === undefined) {
      read = await tags.readRest([[this.#key, found]], read)
      verdict = tags.judge(found, read.versions)
    }
    if (verdict === 'unknown') return this.#unjudged(leased, read)
    const usable = await this.#usable(found, verdict)
    if (found.state === 'stale') return this.#compute(leased, true, usable, read)
    if (usable?.state === 'fresh' && this.#isFreshEnough(usable)) {
      return { state: 'fresh', found, lease: await this.#ifDue(found, read) }
    }
    const again = await backend.leaseAgain(this.#key, found, this.#asked.leaseFor)
    return again === 'changed' ? again : this.#compute(again, true, usable, read)
  }

  /** The entry as its tags and the caller have it, or nothing. */
  async #usable(found: Found, verdict: Verdict): Promise<Found | undefined> {
    if (verdict === 'unusable') return undefined
    if (!(await this.#accepts(found.value))) return undefined
    return this.#core.tags.asJudged(found, verdict)
  }

  async #accepts(value: Storable): Promise<boolean> {
    const { accepts, operation } = this.#asked
    try {
      return accepts === undefined || (await accepts(value))
    } catch (error) {
      // The caller's own check: what it cannot judge is of no use to the caller.
      publishFailure(this.#core, operation, error)
      return false
    }
  }

  #isFreshEnough({ ageMs = Infinity }: Found): boolean {
    if (this.#asked.isForced !== true) return true
    // What somebody else has computed since: asked for once, it is what this call would compute.
    return this.#turns > 1 && ageMs <= this.#core.clock.monotonic() - this.#startedMs
  }

  /** The right to refresh a fresh value that is due, if nobody else has it. */
  async #ifDue(found: Found, read: TagRead): Promise<Lease | undefined> {
    const { isDue, leaseFor } = this.#asked
    if (isDue === undefined || !isDue(found)) return undefined
    try {
      const again = await this.#core.backend.leaseAgain(this.#key, found, leaseFor)
      return again === 'changed' ? undefined : this.#lease(again, true, read)
    } catch (error) {
      noteFailure(this.#core, this.#asked.operation, error)
      return undefined
    }
  }

  /** Without a fresh value: takes the stale one, computes, or waits. */
  #compute(
    leased: LeaseRead,
    isRefresh: boolean,
    usable: Found | undefined,
    read: TagRead,
  ): ReadOrLeaseResult {
    const { takesStale, isForced = false } = this.#asked
    const lease = this.#lease(leased, isRefresh, read)
    if (usable?.state === 'stale' && !isForced && takesStale(usable)) {
      return { state: 'stale', found: usable, lease }
    }
    if (lease !== undefined) return { state: 'won', lease, old: usable }
    return { state: 'busy', old: usable, hasFailed: leased.hasFailed === true }
  }

  #lease({ token }: LeaseRead, isRefresh: boolean, read: TagRead): Lease | undefined {
    if (token === undefined) return undefined
    const tags = new FillTags(this.#core.tags, this.#carried, read)
    return new Lease(this.#core, token, { leaseFor: this.#asked.leaseFor, isRefresh, tags })
  }

  /** Nobody can say whether it is valid, nor store what would be. */
  #unjudged(leased: LeaseRead, read: TagRead): ReadOrLeaseResult {
    void this.#lease(leased, false, read)?.release()
    if (read.failure !== undefined) throw read.failure.error
    return UNAVAILABLE
  }
}
