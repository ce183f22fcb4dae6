import type { CacheError } from '../../errors.ts'
import { type Answer, type Pending, UNSENT } from '../../net/pending.ts'
import { type MetaCommand, NOOP } from '../../protocol/command.ts'
import type { WireKey } from '../../protocol/key.ts'
import { readItem } from '../commands/answers.ts'
import type { Item } from '../commands/item.ts'
import type { Lane } from './lane.ts'
import { mayRepeat } from './repeat.ts'

/**
 * Plain reads of many keys of one server, under one promise. The reads are quiet: of a key that is
 * missing comes no reply, and one `mn` behind them ends the wait for it.
 */
export class Batch {
  readonly #found: Map<string, Item | undefined>
  readonly #reads: BatchRead[] = []
  readonly #lost: BatchRead[] = []
  #waiting = 0
  #error: unknown
  #done: (() => void) | undefined

  /** What is found goes to `found`, under its key; what is not leaves it. */
  constructor(found: Map<string, Item | undefined>) {
    this.#found = found
  }

  get size(): number {
    return this.#reads.length
  }

  add(key: string, wire: WireKey): void {
    this.#reads.push(new BatchRead(this, key, wire))
  }

  /** The reads that failed. */
  get lost(): readonly LostRead[] {
    return this.#lost
  }

  /** Rejects with the first failure once all are settled. */
  send(laneOf: (routeKey: string) => Lane): Promise<void> {
    const lanes = new Set<Lane>()
    const done = new Promise<void>((resolve, reject) => {
      this.#done = () => {
        if (this.#error === undefined) resolve()
        else reject(this.#error)
      }
    })
    this.#waiting = this.#reads.length + 1
    let last: Lane | undefined
    for (const read of this.#reads) {
      const lane = laneOf(read.name)
      read.lane = lane
      if (!lane.send(read) || lane === last) continue
      lanes.add(lane)
      last = lane
    }
    this.#waiting += lanes.size
    for (const lane of lanes) lane.sendOverLimit(new BatchEnd(this, lane))
    this.settle()
    return done
  }

  store(key: string, item: Item | undefined): void {
    if (item === undefined) this.#found.delete(key)
    else this.#found.set(key, item)
    this.settle()
  }

  lose(read: BatchRead | undefined, error: unknown): void {
    if (read !== undefined) this.#lost.push(read)
    this.#error ??= error
    this.settle()
  }

  settle(): void {
    if (--this.#waiting === 0) this.#done?.()
  }
}

/** A key whose read has failed. */
export interface LostRead {
  readonly name: string
  readonly key: WireKey
}

/** One key on its way: command and caller in one, since there is one for each key of each call. */
class BatchRead implements Pending, MetaCommand {
  declare readonly key: WireKey
  declare readonly batch: Batch
  declare readonly name: string
  declare lane: Lane | undefined
  declare opaque: number
  declare deadline: number
  declare sentIn: Uint8Array
  declare keyAt: number
  declare keyLength: number
  declare next: Pending | undefined
  declare cancelled: boolean

  constructor(batch: Batch, name: string, key: WireKey) {
    this.key = key
    this.batch = batch
    this.name = name
    this.lane = undefined
    this.opaque = 0
    this.deadline = 0
    this.sentIn = UNSENT
    this.keyAt = 0
    this.keyLength = 0
    this.next = undefined
    this.cancelled = false
  }

  get command(): MetaCommand {
    return this
  }

  get verb(): 'mg' {
    return 'mg'
  }

  get flags(): string {
    return ' v f'
  }

  get value(): undefined {
    return undefined
  }

  get compareCas(): undefined {
    return undefined
  }

  get bytes(): number {
    return 0
  }

  get quiet(): boolean {
    return true
  }

  get timeoutMs(): undefined {
    return undefined
  }

  get doubtful(): undefined {
    return undefined
  }

  hit(value: Buffer, flags: number): void {
    if (!this.cancelled) this.batch.store(this.name, { value, flags })
  }

  answer(answer: Answer, connection: number): void {
    if (this.cancelled) return
    try {
      const item = readItem(answer, { server: this.lane?.name ?? '', connection })
      this.batch.store(this.name, item)
    } catch (error) {
      this.batch.lose(this, error)
    }
  }

  fail(error: CacheError): void {
    if (mayRepeat(this, error) && this.lane?.again(this) === true) return
    this.refuse(error)
  }

  refuse(error: CacheError): void {
    if (!this.cancelled) this.batch.lose(this, error)
  }

  expire(error: CacheError): void {
    this.refuse(error)
    this.cancelled = true
  }
}

/** What ends a batch: its answer says that what has none by then was missing. */
class BatchEnd implements Pending {
  readonly command = NOOP
  readonly bytes = 0
  readonly quiet = false
  readonly timeoutMs = undefined
  opaque = 0
  deadline = 0
  sentIn = UNSENT
  keyAt = 0
  keyLength = 0
  next: Pending | undefined
  cancelled = false
  readonly #batch: Batch
  readonly #lane: Lane

  constructor(batch: Batch, lane: Lane) {
    this.#batch = batch
    this.#lane = lane
  }

  hit(): void {
    this.answer()
  }

  answer(): void {
    if (!this.cancelled) this.#batch.settle()
  }

  fail(error: CacheError): void {
    // Over the limits, as before: reads without an end would wait for their deadline.
    if (mayRepeat(this, error)) this.#lane.sendOverLimit(this)
    else if (!this.cancelled) this.#batch.lose(undefined, error)
  }

  expire(error: CacheError): void {
    if (!this.cancelled) this.#batch.lose(undefined, error)
    this.cancelled = true
  }
}
