import type { Milliseconds } from '../../../src/units.ts'
import type { Act } from './acts.ts'

/** That the key held this, and nothing else, at some moment from `from` to `by`. */
interface Evidence {
  readonly act: Act
  readonly from: Milliseconds
  readonly by: Milliseconds
  /** `undefined`: nothing. */
  readonly id: string | undefined
}

/** Something that empties the key at some moment from its start to `by`, or never. */
interface Removal {
  readonly act: Act
  readonly by: Milliseconds
}

/** What happened to one key, and what follows from it for certain. */
export class KeyHistory {
  readonly acts: readonly Act[]
  /** The commands that may have stored something. */
  readonly stores: readonly Act[]
  readonly #late: Milliseconds
  readonly #firstSeen = new Map<string, Milliseconds>()
  readonly #evidence: readonly Evidence[]
  readonly #owed: readonly Act[]
  readonly #removals: readonly Removal[]

  /** `late`: how long after its failure a command may still reach the server. */
  constructor(acts: readonly Act[], late: Milliseconds) {
    this.acts = acts
    this.#late = late
    for (const act of acts) {
      const id = idFound(act)
      if (id === undefined) continue
      this.#firstSeen.set(id, Math.min(act.end, this.#firstSeen.get(id) ?? Infinity))
    }
    this.stores = acts.filter((act) => act.effect === 'store' && act.landed !== 'no')
    this.#evidence = acts.flatMap((act) => this.#evidenceOf(act))
    this.#owed = acts.filter(
      (act) => act.failed && act.replayed === 'surely' && act.givenUp !== true,
    )
    this.#removals = acts.flatMap((act) => this.#removalBy(act))
  }

  /** By then the command has come about, if it ever does. */
  landedBy(act: Act): Milliseconds {
    return Math.min(act.failed ? act.end + this.#late : act.end, this.#seen(act))
  }

  /** By then the command has come about for certain. */
  surelyBy(act: Act): Milliseconds {
    return act.landed === 'yes' ? act.end : this.#seen(act)
  }

  /** What shows that the value of `store` was no longer there when `act` began. */
  whatEnded(store: Act, act: Act): Act | undefined {
    const landed = this.landedBy(store)
    return this.#evidence.find(
      ({ from, by, id }) => from > landed && by < act.start && id !== store.id,
    )?.act
  }

  /** A failed command that `act`'s own process had to make up for before it went on. */
  whatWasOwed(store: Act, act: Act): Act | undefined {
    const landed = this.landedBy(store)
    return this.#owed.find(
      ({ process, start, end }) => process === act.process && start > landed && end < act.start,
    )
  }

  /** Whether something may have emptied the key between those times. */
  mayBeEmptied(from: Milliseconds, to: Milliseconds, except?: Act): boolean {
    return this.#removals.some(({ act, by }) => act.start <= to && by >= from && act !== except)
  }

  #evidenceOf(act: Act): Evidence[] {
    const from = act.start
    const evidence: Evidence[] = []
    if (act.effect === 'store') evidence.push({ act, from, by: this.surelyBy(act), id: act.id })
    if (act.effect === 'remove' && act.landed === 'yes' && !this.#mayBeUndone(act)) {
      evidence.push({ act, from, by: act.end, id: undefined })
    }
    const id = idFound(act)
    if (id !== undefined || act.found === 'nothing') evidence.push({ act, from, by: act.end, id })
    return evidence.filter(({ by }) => by < Infinity)
  }

  /** Whether what is flushed may come back: see `rewrites`. */
  #mayBeUndone(act: Act): boolean {
    if (act.call !== 'flush_all') return false
    return this.acts.some(
      ({ rewrites, failed, start, end }) =>
        rewrites === true && start <= act.end && (failed ? end + this.#late : end) >= act.start,
    )
  }

  #removalBy(act: Act): Removal[] {
    if (act.effect === 'store' && act.fleeting === true && act.landed !== 'no') {
      return [{ act, by: Infinity }]
    }
    if (act.failed && (act.replayed ?? 'never') !== 'never')
      return [{ act, by: this.#replayedBy(act) }]
    if (act.effect !== 'remove' || act.landed === 'no') return []
    return [{ act, by: act.failed ? act.end + this.#late : act.end }]
  }

  /** The replay goes ahead of the process's next command to the server. */
  #replayedBy(owed: Act): Milliseconds {
    let next = Infinity
    for (const { process, start, end, failed } of this.acts) {
      if (process === owed.process && !failed && start > owed.end) next = Math.min(next, end)
    }
    return next + this.#late
  }

  #seen(act: Act): Milliseconds {
    return act.id === undefined ? Infinity : (this.#firstSeen.get(act.id) ?? Infinity)
  }
}

export function idFound({ found }: Act): string | undefined {
  return typeof found === 'object' ? found.id : undefined
}
