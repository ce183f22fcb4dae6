import type { CacheError } from '../../errors.ts'
import type { Answer } from '../../net/pending.ts'
import { hitReply } from '../../protocol/meta-reply.ts'
import { plainHit, readGet, readItem } from '../commands/answers.ts'
import { PlainItem } from '../commands/item.ts'
import type { Instead } from './outage.ts'
import type { Readers } from './read-run.ts'
import type { Origin, Reader } from './reader.ts'

type Resolve<T> = (value: T | Promise<T>) => void

/** What a caller is answered by, made of the `resolve` of its promise. */
export type By<T> = (resolve: Resolve<T>) => Resolve<T>

/** The callers whose reads share a run, each with a promise of its own. */
export class Callers<T> implements Readers {
  declare readonly read: Reader<T>
  declare readonly instead: Instead<T> | undefined
  declare first: Caller<T> | undefined
  declare last: Caller<T> | undefined

  constructor(read: Reader<T>, instead: Instead<T> | undefined) {
    this.read = read
    this.instead = instead
    this.first = undefined
    this.last = undefined
  }

  /** What the next caller gets. */
  add(by?: By<T>): Promise<T> {
    const caller = new Caller<T>()
    const promise = caller.begin()
    if (by !== undefined) caller.resolve = by(caller.resolve)
    if (this.last === undefined) this.first = caller
    else this.last.next = caller
    this.last = caller
    return promise
  }

  found(value: Buffer, flags: number, cas: number, origin: Origin): void {
    // What these two give: `T` is that of the reader.
    if ((this.read as Reader<unknown>) === readItem) {
      this.#next()?.resolve(new PlainItem(value, flags) as T)
    } else if ((this.read as Reader<unknown>) === readGet) {
      this.#next()?.resolve(plainHit(value, flags, cas, origin) as T)
    } else {
      this.answered(hitReply(value, flags, cas), origin)
    }
  }

  answered(answer: Answer, origin: Origin): void {
    const caller = this.#next()
    try {
      caller?.resolve(this.read(answer, origin))
    } catch (error) {
      this.#refuse(caller, error)
    }
  }

  failed(error: CacheError, another: () => CacheError): void {
    this.#refuse(this.#next(), error)
    while (this.first !== undefined) this.#refuse(this.#next(), another())
  }

  #next(): Caller<T> | undefined {
    const caller = this.first
    this.first = caller?.next
    return caller
  }

  #refuse(caller: Caller<T> | undefined, error: unknown): void {
    if (caller === undefined || this.instead?.meet(caller, error) === true) return
    caller.reject(error)
  }
}

// Chained, not in an array: see `plainObjects`.
class Caller<T> {
  declare next: Caller<T> | undefined
  declare resolve: Resolve<T>
  declare reject: (error: unknown) => void

  constructor() {
    this.next = undefined
    this.resolve = unbegun
    this.reject = unbegun
  }

  begin(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }
}

function unbegun(): void {}
