import { copyValue } from '../codec/copy.ts'
import type { Storable } from './backend.ts'

/** What a computation gave. Without a `value` it gave none: it was one for many keys. */
export interface Done {
  readonly value: Storable | undefined
  /** What the schema of who computed made of it. */
  readonly output: Storable | undefined
  /** Resolves to `true` once it was stored; to anything else where it was not. */
  readonly stored: Promise<unknown>
}

/** What is done when nobody waits any longer. `hasFailed`: because it took too long. */
export type Abandon = (reason: unknown, hasFailed: boolean) => void

/** Ends somebody's waiting. Without effect on a computation that is over. */
export type Leave = (reason?: unknown, hasFailed?: boolean) => void

/**
 * A computation that runs in this process for one key, and who waits for it: callers, whatever their
 * options, and the background. The last one to leave ends it.
 */
export class Computing {
  readonly done: Promise<Done>
  /** Aborts when its result could not be stored any more. */
  readonly lost: AbortSignal | undefined
  /** Somebody waits for it in the background. */
  isKeptUp = false
  readonly #abandon: Abandon
  #settle: { resolve: (done: Done) => void; reject: (error: unknown) => void } | undefined
  #waiting = 0

  constructor(lost: AbortSignal | undefined, abandon: Abandon) {
    this.lost = lost
    this.#abandon = abandon
    this.done = new Promise<Done>((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    // It may fail when everybody has left.
    this.done.catch(() => {})
  }

  /** Whether its result is still of interest. */
  get isOver(): boolean {
    return this.#settle === undefined
  }

  /** Waits for it, until the function that is returned is called: for the first time, that counts. */
  enter(): Leave {
    this.#waiting++
    let hasLeft = false
    return (reason, hasFailed = false) => {
      if (hasLeft) return
      hasLeft = true
      this.#waiting--
      if (this.#waiting > 0 || this.isOver) return
      this.fail(reason)
      this.#abandon(reason, hasFailed)
    }
  }

  /** A copy of the result, made before anybody could change it. */
  copied(): Promise<Done> {
    return this.done.then(({ value, stored }) => {
      const copy = value === undefined ? undefined : (copyValue(value).value as Storable)
      return { value: copy, output: copy, stored }
    })
  }

  succeed(done: Done): void {
    this.#settle?.resolve(done)
    this.#settle = undefined
  }

  fail(error: unknown): void {
    this.#settle?.reject(error)
    this.#settle = undefined
  }
}
