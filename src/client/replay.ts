import { publishError } from '../channels.ts'
import { CacheError } from '../errors.ts'
import type { Pending } from '../net/pending.ts'
import { metaDelete } from '../protocol/command.ts'
import type { WireKey } from '../protocol/key.ts'

/**
 * The keys of one server whose last write may or may not have happened. Each is deleted before the
 * server is read again by this process, so that an old value is not taken for the new one.
 */
export class ReplayLog {
  readonly #server: string
  readonly #limit: number
  readonly #waiting = new Map<string, WireKey>()
  #sent = 0

  constructor(server: string, limit: number) {
    this.#server = server
    this.#limit = limit
  }

  /** Keeps `key` until its deletion is confirmed. */
  remember(key: WireKey): void {
    const id = `${key.base64 ? 'b' : ''} ${key.token}`
    this.#waiting.delete(id)
    this.#waiting.set(id, key)
    if (this.#waiting.size + this.#sent <= this.#limit) return
    const [oldest] = this.#waiting.keys()
    if (oldest !== undefined) this.#waiting.delete(oldest)
    this.forget()
  }

  /** Whether no more deletions may be sent or kept. */
  get full(): boolean {
    return this.#waiting.size + this.#sent >= this.#limit
  }

  /** Says that one was given up. */
  forget(): void {
    const message = `More than ${this.#limit} failed writes to ${this.#server} wait to be deleted: one was forgotten.`
    const error = new CacheError('ERR_OVERLOADED', message, { server: this.#server })
    publishError({ error, operation: 'replay', server: this.#server })
  }

  /** The deletions that are due, to be sent ahead of everything else. */
  takeOverdue(): readonly Pending[] {
    if (this.#waiting.size === 0) return NOTHING
    const overdue = Array.from(this.#waiting.values(), (key) => this.deletion(key))
    this.#waiting.clear()
    return overdue
  }

  /** A deletion that comes back here if it fails. */
  deletion(key: WireKey, settled?: () => void): Pending {
    this.#sent++
    const settle = (remember: boolean): void => {
      this.#sent--
      if (remember) this.remember(key)
      settled?.()
    }
    return {
      command: metaDelete(key, {}),
      bytes: 0,
      tag: '',
      deadline: 0,
      stats: undefined,
      answer: (answer) => settle(answer.kind === 'error'),
      fail: (error) => settle(error.code !== 'ERR_CLOSED'),
    }
  }
}

const NOTHING: readonly Pending[] = []
