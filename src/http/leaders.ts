/**
 * Who in this process renders which page, so that others can wait.
 *
 * @module
 */

import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'

/**
 * One request that renders a page, from when it got the right to until the page is stored or known
 * not to be.
 */
export class Leader {
  readonly done: Promise<void>
  #settle: (() => void) | undefined
  readonly #onFinish: ((leader: Leader) => void) | undefined

  constructor(onFinish?: (leader: Leader) => void) {
    this.#onFinish = onFinish
    this.done = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  finish(): void {
    this.#onFinish?.(this)
    this.#settle?.()
  }
}

export class Leaders {
  readonly #clock: Clock
  readonly #byKey = new Map<string, Leader>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(key: string): Leader | undefined {
    return this.#byKey.get(key)
  }

  start(key: string): Leader {
    const leader = new Leader((left) => {
      if (this.#byKey.get(key) === left) this.#byKey.delete(key)
    })
    this.#byKey.set(key, leader)
    return leader
  }

  /** Resolves when `leader` has finished or `waitMs` have passed. */
  async wait(leader: Leader, waitMs: Milliseconds): Promise<void> {
    await Promise.race([leader.done, this.#clock.sleep(waitMs)])
  }
}
