import type { KeyvCalls } from './keyv-calls.ts'
import type { Deadline, KeyvPatience, OnLate } from './keyv-patience.ts'

// About 20 MB. Who caused the failures was told of each.
const OWED_LIMIT = 100_000

/**
 * What this process does with one key, in order: a change begins when the one before has ended, so
 * that reading and writing back is one step, within this process.
 *
 * A change that failed may have been made or not, and what was there may be what should be gone. So
 * such a key is deleted before it is used again. While the store still owes the answer to a change
 * that took too long, which may yet be made, its key is not used at all.
 */
export class KeyvTurns {
  readonly #calls: KeyvCalls
  readonly #patience: KeyvPatience
  readonly #last = new Map<string, Promise<unknown>>()
  readonly #owed = new Set<string>()
  readonly #unanswered = new Map<string, number>()

  constructor(calls: KeyvCalls, patience: KeyvPatience) {
    this.#calls = calls
    this.#patience = patience
  }

  /** Resolves when a key may be read. Nothing to wait for, but after a failure. */
  async ready(key: string, deadline: Deadline): Promise<void> {
    this.#checkAnswered(key)
    if (this.#owed.has(key)) await this.run(key, deadline, async () => {})
  }

  /** Runs `step` when those before it at this key have ended. */
  async run<T>(key: string, deadline: Deadline, step: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    // Also where this one does not wait for its turn: the next must wait for those before.
    const last = before === undefined ? ended : before.then(() => ended)
    this.#last.set(key, last)
    try {
      if (before !== undefined) await this.#patience.turn(before, deadline)
      this.#checkAnswered(key)
      if (this.#owed.has(key)) await this.delete(key, deadline)
      return await step()
    } finally {
      end()
      if (this.#last.get(key) === last) this.#last.delete(key)
    }
  }

  /** To be called in a turn. Resolves to `false` where the store declined; the old value is gone then. */
  async set(key: string, text: string, ttlMs: number, deadline: Deadline): Promise<boolean> {
    const isStored = await this.#changing(key, (onLate) =>
      this.#calls.set(key, text, ttlMs, deadline, onLate),
    )
    if (!isStored) await this.delete(key, deadline)
    return isStored
  }

  /** To be called in a turn. */
  async delete(key: string, deadline: Deadline): Promise<boolean> {
    const wasThere = await this.#changing(key, (onLate) => {
      return this.#calls.delete(key, deadline, onLate)
    })
    this.#owed.delete(key)
    return wasThere
  }

  /** Resolves when all turns that have begun, or wait, have ended. */
  async idle(deadline: Deadline): Promise<void> {
    if (this.#last.size > 0) await this.#patience.turn(Promise.all(this.#last.values()), deadline)
  }

  async #changing<T>(key: string, change: (onLate: OnLate) => Promise<T>): Promise<T> {
    try {
      return await change((settled) => this.#await(key, settled))
    } catch (error) {
      this.#owe(key)
      throw error
    }
  }

  #owe(key: string): void {
    this.#owed.delete(key)
    this.#owed.add(key)
    if (this.#owed.size <= OWED_LIMIT) return
    const [oldest] = this.#owed
    if (oldest !== undefined) this.#owed.delete(oldest)
  }

  #await(key: string, settled: Promise<unknown>): void {
    this.#unanswered.set(key, (this.#unanswered.get(key) ?? 0) + 1)
    const done = (): void => {
      const left = (this.#unanswered.get(key) ?? 1) - 1
      if (left === 0) this.#unanswered.delete(key)
      else this.#unanswered.set(key, left)
    }
    settled.then(done, done)
  }

  #checkAnswered(key: string): void {
    if (!this.#unanswered.has(key)) return
    throw this.#patience.error('no', 'it owes the answer to an earlier change of this key')
  }
}
