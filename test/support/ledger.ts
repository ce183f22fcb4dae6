interface Entry {
  /** What was stored last, as far as is known; `undefined`: nothing. */
  value: string | undefined
  /** A later write failed: what it left is a miss, until the next one succeeds. */
  failed: boolean
  /** The server may have lost it since. */
  mayBeGone: boolean
}

interface Count {
  last: bigint
  /** Calls that may have counted since then. */
  attempts: bigint
  mayBeGone: boolean
}

export type Verdict = 'good' | 'missed' | 'lost' | 'wrong'

/** What must be found under keys that one loop alone writes, one call after another. */
export class Ledger {
  readonly #entries = new Map<string, Entry>()
  readonly #counts = new Map<string, Count>()

  /** A write was answered; `undefined`: it was a deletion. */
  stored(key: string, value: string | undefined): void {
    this.#entries.set(key, { value, failed: false, mayBeGone: false })
  }

  /** A write failed: whatever became of it, the key is deleted before its server is read again. */
  failed(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined)
      this.#entries.set(key, { value: undefined, failed: true, mayBeGone: true })
    else entry.failed = true
  }

  /** A server lost what it had: misses are right from now on, other values are not. */
  emptied(): void {
    for (const entry of this.#entries.values()) entry.mayBeGone = true
    for (const count of this.#counts.values()) count.mayBeGone = true
  }

  judge(key: string, found: string | undefined): Verdict {
    const entry = this.#entries.get(key)
    if (found !== undefined) return found === entry?.value && !entry.failed ? 'good' : 'wrong'
    const isDue = entry?.value !== undefined && !entry.failed && !entry.mayBeGone
    return isDue ? 'lost' : 'missed'
  }

  /** Before a call of `incr` by 1. */
  counting(key: string): void {
    const count = this.#counts.get(key)
    if (count === undefined) this.#counts.set(key, { last: 0n, attempts: 1n, mayBeGone: false })
    else count.attempts++
  }

  /** A number may be no repetition, and no more than there were calls. */
  judgeCount(key: string, found: bigint): Verdict {
    const count = this.#counts.get(key)
    if (count === undefined) return 'wrong'
    const { last, attempts, mayBeGone } = count
    const goesOn = found > last && found <= last + attempts
    const beganAnew = mayBeGone && found >= 1n && found <= attempts
    this.#counts.set(key, { last: found, attempts: 0n, mayBeGone: mayBeGone && !beganAnew })
    return goesOn || beganAnew ? 'good' : 'wrong'
  }
}
