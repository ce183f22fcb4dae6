import { CacheError } from '../../../src/errors.ts'
import type { Milliseconds } from '../../../src/units.ts'

/** What a command found under its key at the moment it ran, before it changed anything. */
export type Found =
  /** The whole value with this id, or words that are no id for what is no whole value. */
  | {
      readonly id: string
      /** Of a value that was added to: all that it consists of, in order. */
      readonly pieces?: readonly string[]
    }
  | 'nothing'
  /** Something, and it does not tell what. */
  | 'something'

/** What is known of a command when it is issued. */
export interface Intent {
  /** The client that issued it: what DESIGN calls a process. -1: somebody outside. */
  readonly process: number
  readonly key: string
  /** For messages: the method. */
  readonly call: string
  /** What it does to the key where it runs; `none`: it only reads. */
  readonly effect: 'none' | 'store' | 'extend' | 'remove' | 'count'
  /** The id of the value that it stores, or adds to another. */
  readonly id?: string
  /** Stored for so short a time that it may vanish by itself. */
  readonly fleeting?: boolean
  /**
   * Where it fails, the client owes the server a deletion of the key: before it reads it again. Of
   * one call about many keys, some of which did not fail: `maybe`. Default: `never`.
   */
  readonly replayed?: 'surely' | 'maybe' | 'never'
  /**
   * Writes what is there anew, in two steps: what runs between them is undone. Measured on 1.6.18:
   * an `append` or a marking as stale that overlaps `flush_all` brings back what was flushed.
   */
  readonly rewrites?: boolean
  /** What it adds to a number. */
  readonly delta?: bigint
}

/** What the answer says. */
export interface Told {
  /** Whether its effect came about. Default: `true`. */
  readonly landed?: boolean
  readonly found?: Found
  /** The number after a count, or the one that was read. */
  readonly count?: bigint
}

/** One command on one key, over. Times are those of one monotonic clock. */
export interface Act extends Intent {
  readonly start: Milliseconds
  readonly end: Milliseconds
  /** It rejected. */
  readonly failed: boolean
  /** By its caller, who aborted it: what becomes of it is nobody's promise. */
  readonly givenUp?: boolean
  /** `maybe`: the answer is lost. */
  readonly landed: 'yes' | 'no' | 'maybe'
  readonly found?: Found
  readonly count?: bigint
}

/** A command in words. */
export function told({ process, call, key, id, start, end, failed, count }: Act): string {
  const what = id === undefined ? '' : ` of ${id}`
  const number = count === undefined ? '' : ` = ${count}`
  const result = failed ? ', which failed' : ''
  const name = key.length > 20 ? `${key.slice(0, 20)}…` : key
  const times = `[${start.toFixed(2)}, ${end.toFixed(2)}]`
  return `${call}(${name})${what}${number} by ${process} ${times}${result}`
}

/** What a caller aborts with. */
export const GAVE_UP = new Error('The caller gave up.')

/** Takes down what clients do. They share a process of the machine, so one clock orders it all. */
export class ActLog {
  readonly acts: Act[] = []
  /** Rejections by code. */
  readonly errors = new Map<string, number>()
  longestMs: Milliseconds = 0

  /**
   * Runs one call that issues the commands `intents`; `run` gives what it was told of each, in
   * order. An outage that is told by a code is a result, anything else rejects.
   */
  async note(intents: readonly Intent[], run: () => Promise<readonly Told[]>): Promise<void> {
    const start = performance.now()
    try {
      const told = await run()
      const end = this.#ended(start)
      for (const [i, intent] of intents.entries()) {
        const { landed = true, ...rest } = told[i] ?? {}
        const what = landed ? 'yes' : 'no'
        this.acts.push({ ...intent, ...rest, start, end, failed: false, landed: what })
      }
    } catch (error) {
      const end = this.#ended(start)
      const givenUp = error === GAVE_UP
      const known = CacheError.is(error) ? error : undefined
      if (!givenUp && known === undefined) throw error
      const code = known?.code ?? 'given up'
      this.errors.set(code, (this.errors.get(code) ?? 0) + 1)
      // Of many at a time only one failed, and the others may have run.
      const landed = known?.applied === 'no' && intents.length === 1 ? 'no' : 'maybe'
      for (const intent of intents) {
        this.acts.push({ ...intent, start, end, failed: true, landed, givenUp })
      }
    }
  }

  #ended(start: Milliseconds): Milliseconds {
    const end = performance.now()
    this.longestMs = Math.max(this.longestMs, end - start)
    return end
  }
}
