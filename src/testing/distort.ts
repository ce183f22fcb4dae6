import type { CutKind, Fault } from './fault.ts'

/** What becomes of one reply: what is sent, and whether the connection ends behind it. */
export interface Distorted {
  readonly bytes: Buffer
  readonly cut?: CutKind
}

/** The dice and the ledger of a fault. */
export interface Odds {
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number
  /** Takes up to `amount` of what a fault may still do or let through; returns how much it got. */
  spend(amount: number): number
}

const GARBAGE_BYTES = 40

/** What a fault that strikes replies makes of one connection's replies. */
export class Distortion {
  readonly #odds: Odds
  #held: Buffer | undefined

  constructor(odds: Odds) {
    this.#odds = odds
  }

  apply(reply: Buffer, fault: Fault): Distorted {
    if (fault.kind === 'cut-after') return this.#cutAfter(reply, fault)
    if (!this.#strikes(fault)) return { bytes: this.#withHeld(reply) }
    if (fault.kind === 'half-reply') {
      return { bytes: reply.subarray(0, reply.length >> 1), cut: fault.by }
    }
    if (fault.kind === 'duplicate') return { bytes: Buffer.concat([reply, reply]) }
    if (fault.kind === 'swap') return { bytes: this.#swap(reply) }
    if (fault.kind === 'garbage') {
      return { bytes: fault.bytes === undefined ? this.#noise() : latin1(fault.bytes) }
    }
    return { bytes: this.#withHeld(reply) }
  }

  #strikes(fault: Fault): boolean {
    const toxicity = 'toxicity' in fault ? (fault.toxicity ?? 1) : 1
    if (toxicity < 1 && this.#odds.random() >= toxicity) return false
    return this.#odds.spend(1) === 1
  }

  #cutAfter(reply: Buffer, fault: Fault & { kind: 'cut-after' }): Distorted {
    if ('replies' in fault) {
      return this.#odds.spend(1) === 1 ? { bytes: reply } : { bytes: nothing, cut: fault.by }
    }
    const granted = this.#odds.spend(reply.length)
    if (granted === reply.length) return { bytes: reply }
    return { bytes: reply.subarray(0, granted), cut: fault.by }
  }

  #swap(reply: Buffer): Buffer {
    if (this.#held !== undefined) return this.#withHeld(reply)
    this.#held = reply
    return nothing
  }

  /** What waits for a later reply to overtake it follows that one, whatever the fault is by then. */
  #withHeld(reply: Buffer): Buffer {
    if (this.#held === undefined) return reply
    const both = Buffer.concat([reply, this.#held])
    this.#held = undefined
    return both
  }

  #noise(): Buffer {
    const byte = (): number => Math.floor(this.#odds.random() * 256)
    return Buffer.from(Array.from({ length: GARBAGE_BYTES }, byte))
  }
}

const nothing = Buffer.alloc(0)

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
