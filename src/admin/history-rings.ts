import type { Milliseconds, Seconds } from '../units.ts'
import { type HistoryPoint, historyPoint, type Round } from './history.ts'

/** Each point is of a whole span, from the counters at its two ends: ratios are not averaged. */
class Ring {
  readonly #spanMs: Milliseconds
  readonly #kept: number
  readonly points: HistoryPoint[] = []
  #from: Round | undefined

  constructor(spanMs: Milliseconds, kept: number) {
    this.#spanMs = spanMs
    this.#kept = kept
  }

  add(round: Round): void {
    // A round may begin a little early after one that was late: half a second, as rounds are seconds.
    if (this.#from !== undefined && round.at - this.#from.at < this.#spanMs - 500) return
    if (this.#from !== undefined) {
      this.points.push(historyPoint(this.#from, round, this.#spanMs))
      if (this.points.length > this.#kept) this.points.shift()
    }
    this.#from = round
  }
}

/** The curves that reach further back than the samples: ten seconds for six hours, minutes for a day. */
export class HistoryRings {
  readonly #tens = new Ring(10_000, 2160)
  readonly #minutes = new Ring(60_000, 1440)

  add(round: Round): void {
    this.#tens.add(round)
    this.#minutes.add(round)
  }

  /** Oldest first. */
  points(resolution: Seconds): readonly HistoryPoint[] {
    return resolution === 60 ? this.#minutes.points : this.#tens.points
  }
}
