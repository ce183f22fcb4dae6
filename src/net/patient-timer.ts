import { systemClock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'

// A timer that is so late tells of a stall of the event loop, not of the network.
const STALL: Milliseconds = 50
// After a stall: enough to connect, greet and be answered, which takes round trips.
const GRACE: Milliseconds = 100
// A process that stalls all the time must give up in the end.
const MAX_GRACES = 5

/**
 * A timer for what the network owes this process. It gives a little more time where this process
 * itself was stalled: what has come meanwhile is not read yet, and what should have gone out (a
 * connection's greeting, a command) has not. Does not keep the process alive.
 */
export class PatientTimer {
  readonly #fire: () => void
  #timer: NodeJS.Timeout
  #graces = 0

  constructor(ms: Milliseconds, fire: () => void) {
    this.#fire = fire
    this.#timer = this.#start(ms)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #start(ms: Milliseconds): NodeJS.Timeout {
    const due = systemClock.monotonic() + ms
    return setTimeout(() => {
      if (systemClock.monotonic() - due > STALL && this.#graces < MAX_GRACES) {
        this.#graces++
        this.#timer = this.#start(GRACE)
      } else {
        this.#fire()
      }
    }, ms).unref()
  }
}
