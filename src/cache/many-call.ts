import { type ComputeMissing, ManyRun } from './compute-many.ts'
import type { CacheCore } from './core.ts'
import { publishFailure } from './failure.ts'
import { Fit } from './fit.ts'
import type { Flight, Outcome } from './flight.ts'
import { answerTo } from './flight-answers.ts'
import { mustWait, readNow, readWaiting } from './flight-reads.ts'
import type { Policy } from './policy.ts'
import { LONGEST_WAIT_TO_ASK } from './read-or-lease.ts'

// Commands of one call in flight at once: well under what a client lets wait.
const SLICE = 1000

/**
 * One call of `getOrSetMany`: a flight for each key. What they begin is gathered, and runs when the
 * last of them has read: in one run of the caller's function. What other processes did not bring is
 * a later one.
 */
export class ManyCall {
  readonly #core: CacheCore
  readonly #policy: Policy
  readonly #keys: ReadonlyMap<string, string>
  readonly #compute: ComputeMissing
  readonly #fit: Fit
  readonly #reported = new Set<unknown>()
  /** What gathers. */
  #run: ManyRun
  #hasRun = false
  /** What will run though others of the keys are still waited for. */
  #soon: ManyRun | undefined
  /** Keys that are being read, and those that are waited for in other processes. */
  #reading = 0
  #waiting = 0

  /** `keys` are the caller's, with the whole ones. */
  constructor(
    core: CacheCore,
    policy: Policy,
    keys: ReadonlyMap<string, string>,
    compute: ComputeMissing,
  ) {
    this.#core = core
    this.#policy = policy
    this.#keys = keys
    this.#compute = compute
    this.#fit = Fit.to(policy.schema)
    this.#run = this.#newRun()
  }

  /** What comes of each of the caller's keys. */
  async answer(): Promise<Map<string, Outcome>> {
    const list = [...this.#keys]
    const outcomes = new Map<string, Outcome>()
    const flying: Promise<void>[] = []
    this.#reading = list.length
    for (let start = 0; start < list.length && !this.#hasLeft; start += SLICE) {
      const reads: Promise<unknown>[] = []
      for (const [key, wholeKey] of list.slice(start, start + SLICE)) {
        const flight = this.#flightOf(key, wholeKey)
        const reading = readNow(this.#core, flight)
        reads.push(reading)
        const answering = this.#fly(flight, reading).then((outcome) => {
          outcomes.set(key, outcome)
        })
        // It is told below; one may fail while others are still read.
        answering.catch(() => {})
        flying.push(answering)
      }
      await Promise.allSettled(reads)
    }
    if (this.#hasLeft) this.#runIfAllHaveRead()
    await Promise.all(flying)
    return outcomes
  }

  async #fly(flight: Flight, soon: ReturnType<typeof readNow>): Promise<Outcome> {
    for (let reading = soon; ; reading = readNow(this.#core, flight)) {
      const answering = await this.#read(flight, reading)
      const outcome = await answering.outcome
      if (outcome.kind !== 'unfit') return outcome
      this.#reading++
    }
  }

  /** Resolves once it is clear where the answer will come from. */
  async #read(
    flight: Flight,
    reading: ReturnType<typeof readNow>,
  ): Promise<{ readonly outcome: Promise<Outcome> }> {
    try {
      let read = await reading
      if (mustWait(this.#core, flight, read)) read = await this.#wait(flight)
      return { outcome: answerTo(this.#core, flight, read) }
    } finally {
      this.#reading--
      this.#runIfAllHaveRead()
    }
  }

  async #wait(flight: Flight): ReturnType<typeof readNow> {
    this.#reading--
    this.#waiting++
    this.#runIfAllHaveRead()
    try {
      return await readWaiting(this.#core, flight)
    } finally {
      this.#reading++
      this.#waiting--
    }
  }

  get #hasLeft(): boolean {
    return this.#policy.signal?.aborted === true
  }

  #runIfAllHaveRead(): void {
    // Who has left reads no further, but others may have joined what was begun.
    if (this.#hasLeft) this.#reading = 0
    if (this.#reading > 0) return
    if (this.#hasRun && this.#waiting > 0) this.#runSoon()
    else this.#runNow()
  }

  /**
   * Runs what was won while other keys are waited for, as soon as those that became free along with
   * it are won, too. To keep it until all have come would make others wait for as long: two calls
   * that each had won what the other waits for did so until `waitMs` was over.
   */
  #runSoon(): void {
    const run = this.#run
    if (this.#soon === run || !run.isWaitedFor) return
    this.#soon = run
    void this.#core.clock.sleep(LONGEST_WAIT_TO_ASK, { ref: true }).then(() => {
      if (this.#run === run) this.#runNow()
    })
  }

  #runNow(): void {
    this.#hasRun = true
    const run = this.#run
    this.#run = this.#newRun()
    void run.run()
  }

  #newRun(): ManyRun {
    return new ManyRun(this.#core, this.#policy, this.#keys.keys(), this.#compute)
  }

  #flightOf(key: string, wholeKey: string): Flight {
    return {
      operation: 'getOrSetMany',
      key: wholeKey,
      policy: this.#policy,
      fit: this.#fit,
      leaving: this.#policy.signal,
      begin: (task) => this.#run.add(key, task),
      report: (operation, error) => this.#report(operation, error),
      isAwaited: () => this.#run.isAwaited,
    }
  }

  /** Once, though it be the failure of many keys. */
  #report(operation: string, error: unknown): void {
    if (this.#reported.has(error)) return
    this.#reported.add(error)
    publishFailure(this.#core, operation, error)
  }
}
