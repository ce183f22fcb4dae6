import { systemClock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'
import { PatientTimer } from './patient-timer.ts'

/** What {@link Deadlines} watches: commands that leave and arrive in order. */
export interface Watched {
  /** The earliest deadline among the commands that wait; `undefined`: none does. */
  earliest(): Milliseconds | undefined
  /** Counts up with every byte that arrives. */
  bytesRead(): number
  /** Fails every command whose deadline is not after `now`. */
  expire(now: Milliseconds): void
}

// A stalled process finds at most a full receive buffer (6 MiB by Linux' default) in its socket,
// which takes it a few poll phases to read. More looks would be for a server that drips.
const MAX_LOOKS = 16

/**
 * One timer for all commands of a server, set for the one that has waited longest: a timer per
 * command costs more than the command. Node's own time, not an injected clock: the network is real.
 */
export class Deadlines {
  readonly #watched: Watched
  #timer: PatientTimer | undefined
  #due: Milliseconds = 0

  constructor(watched: Watched) {
    this.#watched = watched
  }

  /**
   * Call it when commands were added, whose deadlines are not before `added`. Costs nothing while the
   * timer runs, unless what it is set for has more time than they.
   */
  start(now: Milliseconds, added: Milliseconds): void {
    if (this.#timer !== undefined && added >= this.#due) return
    const earliest = this.#watched.earliest()
    if (earliest === undefined) return
    this.#timer?.stop()
    this.#due = earliest
    // Not what keeps the process alive: a socket with commands in flight does.
    this.#timer = new PatientTimer(Math.max(1, Math.ceil(earliest - now)), () => this.#fire())
  }

  stop(): void {
    this.#timer?.stop()
    this.#timer = undefined
  }

  #fire(): void {
    const earliest = this.#watched.earliest()
    const now = systemClock.monotonic()
    if (earliest === undefined || earliest > now) {
      this.#timer = undefined
      this.start(now, now)
      return
    }
    this.#lookAgain(this.#watched.bytesRead(), 0)
  }

  // After a stall of the event loop the timer fires before the answer is read that has long been
  // in the socket (measured: a 50 ms timeout fired at 201.8 ms, its data came at 203.8 ms). The
  // poll phase lies between timers and immediates; as long as it brings bytes, another follows.
  #lookAgain(bytesBefore: number, looks: number): void {
    setImmediate(() => {
      const bytes = this.#watched.bytesRead()
      if (bytes !== bytesBefore && looks < MAX_LOOKS) {
        this.#lookAgain(bytes, looks + 1)
        return
      }
      const now = systemClock.monotonic()
      this.#watched.expire(now)
      this.#timer = undefined
      this.start(now, now)
    })
  }
}
