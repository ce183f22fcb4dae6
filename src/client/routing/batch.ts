import type { CacheError } from '../../errors.ts'
import type { Answer } from '../../net/pending.ts'
import { PLAIN_FLAGS } from '../../protocol/read-lines.ts'
import { readItem } from '../commands/answers.ts'
import { type Item, PlainItem } from '../commands/item.ts'
import type { Lane } from './lane.ts'
import { type QuietReaders, ReadRun } from './read-run.ts'
import type { Origin } from './reader.ts'
import type { Server } from './server.ts'

/**
 * What the keys of one call hold, in their order. A key whose read is under way has an item without a
 * value, which is filled in: to find its place again would cost as much as to make it.
 */
export type Found = Map<string, Item | undefined>

/** An item that may have no value yet. */
export type Awaited = { -readonly [Field in keyof Item]: Item[Field] }

// Not an empty value: should it ever be seen, then as a flaw.
const NO_VALUE = undefined as unknown as Buffer

export function awaitedItem(): Awaited {
  return new PlainItem(NO_VALUE, 0)
}

/** Removes what was not found, once nothing is under way. */
export function removeMissing(found: Found): void {
  for (const [key, item] of found) {
    if (item?.value === NO_VALUE) found.delete(key)
  }
}

/**
 * Plain reads of many keys of one server, under one promise. The reads are quiet: of a key that is
 * missing comes no reply, and one `mn` behind them ends the wait for it.
 */
export class Batch {
  readonly #server: Server
  #first: Part | undefined
  /** Of further connections. */
  #others: Map<Lane, Part> | undefined
  #size = 0
  #lost: readonly Awaited[] = NONE
  #isWhole = true
  #waiting = 1
  #error: unknown
  #done: (() => void) | undefined

  constructor(server: Server) {
    this.#server = server
  }

  get server(): Server {
    return this.#server
  }

  get size(): number {
    return this.#size
  }

  /** Whether each item got its value. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** The items whose reads failed. */
  get lost(): readonly Awaited[] {
    return this.#lost
  }

  /** Has what the key holds put into `item`. Sends nothing yet. Throws `ERR_KEY_INVALID`. */
  add(key: string, item: Awaited): void {
    this.#partOf(this.#server.laneOf(key)).add(key, item)
    this.#size++
  }

  /** Forgets what was added. */
  drop(): void {
    this.#first?.drop()
    for (const part of this.#others?.values() ?? []) part.drop()
  }

  /** Rejects with the first failure once all are settled. */
  send(): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#done = () => {
        if (this.#error === undefined) resolve()
        else reject(this.#error)
      }
    })
    this.#first?.send()
    for (const part of this.#others?.values() ?? []) part.send()
    this.settle()
    return done
  }

  miss(): void {
    this.#isWhole = false
  }

  lose(items: readonly Awaited[], error: unknown): void {
    this.#isWhole = false
    this.#lost = [...this.#lost, ...items]
    this.#error ??= error
  }

  settle(): void {
    if (--this.#waiting === 0) this.#done?.()
  }

  #partOf(lane: Lane): Part {
    if (this.#first?.lane === lane) return this.#first
    const part = this.#others?.get(lane) ?? new Part(this, lane)
    if (part.size > 0) return part
    this.#waiting++
    if (this.#first === undefined) {
      this.#first = part
    } else {
      this.#others ??= new Map()
      this.#others.set(lane, part)
    }
    return part
  }
}

/** What goes over one connection. */
class Part implements QuietReaders {
  readonly lane: Lane
  readonly #batch: Batch
  readonly #room: number
  readonly #items: Awaited[] = NONE.slice()
  /** The place of the next item. */
  #place = 0
  #run: ReadRun | undefined

  constructor(batch: Batch, lane: Lane) {
    this.#batch = batch
    this.lane = lane
    this.#room = lane.room
  }

  get size(): number {
    return this.#items.length
  }

  add(key: string, item: Awaited): void {
    const { lines } = this.lane
    const from = lines.end
    lines.addQuiet(key)
    // Above the limits, which it is refused for when the others are sent.
    if (this.#items.length >= this.#room) lines.takeBack(from)
    else if (this.#run === undefined) this.#run = this.#runFrom(from)
    else this.#run.lengthen()
    this.#items.push(item)
  }

  drop(): void {
    this.#run?.release()
  }

  send(): void {
    const above = this.#items.splice(Math.max(0, this.#room))
    if (above.length > 0) this.#batch.lose(above, this.lane.overload)
    if (this.#run === undefined) this.#batch.settle()
    else this.lane.sendRun(this.#run)
  }

  found(value: Buffer, flags: number): void {
    const item = this.#items[this.#place++]
    if (item === undefined) return
    item.value = value
    item.flags = flags
  }

  missed(): void {
    this.#place++
    this.#batch.miss()
  }

  answered(answer: Answer, origin: Origin): void {
    try {
      const item = readItem(answer, origin)
      if (item === undefined) this.missed()
      else this.found(item.value, item.flags)
    } catch (error) {
      this.#batch.lose(this.#items.slice(this.#place, ++this.#place), error)
    }
  }

  failed(error: CacheError): void {
    this.#batch.lose(this.#items.slice(this.#place), error)
    this.#batch.settle()
  }

  ended(): void {
    this.#batch.settle()
  }

  #runFrom(from: number): ReadRun {
    return new ReadRun(this.lane, this, this.lane.lines, from, PLAIN_FLAGS, this)
  }
}

// Where a list of items begins, by being copied: see `plainObjects`. Empty,
// but a list of objects, so that V8 need not change it into one.
const NONE: readonly Awaited[] = [awaitedItem()].slice(1)
