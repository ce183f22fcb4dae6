import { type ActionMessage, publishAction } from '../channels.ts'
import type { Clock } from '../clock.ts'
import type { AuditEntry } from './api/actions.ts'

const KEPT = 200

/** Keeps what was done by hand, and tells `reprise:action`. */
export class Audit {
  readonly #clock: Clock
  readonly #entries: AuditEntry[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The last first. */
  get entries(): readonly AuditEntry[] {
    return this.#entries
  }

  /** `target` in words, without keys unless they may be told. */
  note(action: ActionMessage, target: string, message: string): void {
    publishAction(action)
    this.#entries.unshift({
      atMs: this.#clock.now(),
      actor: action.actor,
      action: action.action,
      target,
      result: action.result,
      message,
    })
    if (this.#entries.length > KEPT) this.#entries.pop()
  }
}
