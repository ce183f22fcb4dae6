import { publishError } from '../../channels.ts'
import { CacheError } from '../../errors.ts'
import type { Pending } from '../../net/pending.ts'
import type { Command } from '../../protocol/command.ts'
import type { WireKey } from '../../protocol/key.ts'
import { metaDelete } from '../../protocol/meta.ts'
import { UNSENT } from '../../protocol/plain-reply.ts'
import { flushAll } from '../../protocol/server-command.ts'

/** What is done where more is owed to a server than is remembered. */
export type ReplayOverflow = 'flush' | 'forget'

/**
 * The keys of one server whose last write may or may not have happened. Each is deleted before the
 * server is read again by this process, so that an old value is not taken for the new one.
 *
 * Where they become too many, the server is emptied instead: `flush_all` is its own generation, one
 * command that makes everything stored before it a miss.
 */
export class ReplayLog {
  readonly #server: string
  readonly #limit: number
  readonly #overflow: ReplayOverflow
  readonly #waiting = new Map<string, WireKey>()
  /** How many deletions of a key are on their way. */
  readonly #sent = new Map<string, number>()
  #sentCount = 0
  #flushOwed = false

  constructor(server: string, limit: number, overflow: ReplayOverflow) {
    this.#server = server
    this.#limit = limit
    this.#overflow = overflow
  }

  /** Keeps `key` until its deletion is confirmed. */
  remember(key: WireKey): void {
    if (this.#flushOwed) return
    const id = idOf(key)
    this.#waiting.delete(id)
    this.#waiting.set(id, key)
    if (this.#waiting.size + this.#sent.size > this.#limit) this.#spill()
  }

  /** Whether the server is to be emptied before it is read again. */
  get owesFlush(): boolean {
    return this.#flushOwed
  }

  oweFlush(): void {
    this.#flushOwed = true
    this.#waiting.clear()
  }

  /** The keys whose deletion is not on its way. */
  get waiting(): readonly WireKey[] {
    return [...this.#waiting.values()]
  }

  /** The deletions that are due, or the one command in their place, ahead of everything else. */
  takeOverdue(): readonly Pending[] {
    if (this.#flushOwed) {
      this.#flushOwed = false
      return [this.#flush()]
    }
    if (this.#waiting.size === 0) return NOTHING
    const overdue = Array.from(this.#waiting.values(), (key) => this.#deletion(key))
    this.#waiting.clear()
    return overdue
  }

  /** A deletion to be sent in order with other commands; `undefined` where no more may be. */
  deletion(key: WireKey, settled: () => void): Pending | undefined {
    const hasRoom = this.#waiting.size + this.#sent.size < this.#limit || this.#sent.has(idOf(key))
    // Many of one key count as one, but not without end: then it goes ahead of everything else.
    if (hasRoom && this.#sentCount < this.#limit) return this.#deletion(key, settled)
    this.remember(key)
    return undefined
  }

  #spill(): void {
    if (this.#overflow === 'flush') {
      this.oweFlush()
      this.#say('the server is emptied before it is read again')
      return
    }
    const [oldest] = this.#waiting.keys()
    if (oldest !== undefined) this.#waiting.delete(oldest)
    this.#say('the oldest was forgotten')
  }

  #say(what: string): void {
    const message = `More than ${this.#limit} failed writes to ${this.#server} wait to be deleted: ${what}.`
    const error = new CacheError('ERR_OVERLOADED', message, { server: this.#server })
    publishError({ error, operation: 'replay', server: this.#server })
  }

  #flush(): Pending {
    return replay(flushAll(0), (outcome) => {
      if (outcome === 'lost') {
        this.oweFlush()
      } else if (outcome === 'refused') {
        this.#say('the server does not allow to be emptied, so they were forgotten')
      }
    })
  }

  /** A deletion that comes back here if it fails. */
  #deletion(key: WireKey, settled?: () => void): Pending {
    const id = idOf(key)
    this.#sent.set(id, (this.#sent.get(id) ?? 0) + 1)
    this.#sentCount++
    return replay(metaDelete(key, {}), (outcome) => {
      const others = (this.#sent.get(id) ?? 1) - 1
      if (others === 0) this.#sent.delete(id)
      else this.#sent.set(id, others)
      this.#sentCount--
      if (outcome !== 'done') this.remember(key)
      settled?.()
    })
  }
}

function idOf(key: WireKey): string {
  return `${key.base64 ? 'b' : ''} ${key.token}`
}

type Outcome = 'done' | 'refused' | 'lost'

/** Settles once, with what became of the command first. */
function replay(command: Command, settle: (outcome: Outcome) => void): Pending {
  let isSettled = false
  const end = (outcome: Outcome): void => {
    if (isSettled) return
    isSettled = true
    settle(outcome)
  }
  const pending: Pending = {
    command,
    bytes: 0,
    span: 1,
    reads: undefined,
    timeoutMs: undefined,
    cancelled: false,
    opaque: 0,
    deadline: 0,
    sentIn: UNSENT,
    keyAt: 0,
    next: undefined,
    answer: (answer) => end(answer.kind === 'error' ? 'refused' : 'done'),
    // A server that is closed may come back: it left the list.
    fail: () => end('lost'),
    // Not meant for a replay: it reads no value.
    hit: () => end('lost'),
    expire: () => {
      pending.cancelled = true
      end('lost')
    },
  }
  return pending
}

const NOTHING: readonly Pending[] = []
