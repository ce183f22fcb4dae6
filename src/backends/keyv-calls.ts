import { publishError } from '../channels.ts'
import { CacheError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import type { KeyvLike } from './keyv-options.ts'
import type { Deadline, KeyvPatience, OnLate } from './keyv-patience.ts'

/**
 * The calls of a `Keyv`, each with an end and a plain answer: what it could not do rejects.
 *
 * Keyv has three ways to tell a failure: it rejects, it emits `error` and answers as if nothing were
 * there, or its adapter does so (5.6, 6.1, @keyv/redis 5.1). An event cannot be told to belong to a
 * call. So a call that was out when one came, and that came back empty, counts as failed.
 */
export class KeyvCalls {
  readonly #keyv: KeyvLike
  readonly #patience: KeyvPatience
  #out = 0
  #errors = 0
  #lastError: unknown

  constructor(keyv: KeyvLike, patience: KeyvPatience) {
    this.#keyv = keyv
    this.#patience = patience
    // Of Keyv 5: without it a read that failed cannot be told from a miss, not even by an event.
    if ('throwOnErrors' in keyv) keyv.throwOnErrors = true
    keyv.on('error', (error) => {
      const isAbsent = isForeign(error)
      if (!isAbsent) this.#errors++
      this.#lastError = error
      if (isAbsent || this.#out === 0) publishError({ error, operation: 'keyv' })
    })
  }

  get(key: string, deadline: Deadline): Promise<unknown> {
    return this.#call('get', deadline, () => this.#readOne(key), isMissing)
  }

  /** In the order of `keys`. */
  getMany(keys: readonly string[], deadline: Deadline): Promise<unknown[]> {
    return this.#call('getMany', deadline, () => this.#readAll(keys), hasMissing)
  }

  /** Resolves to `false` where the store declined. `Infinity`: for ever. */
  async set(
    key: string,
    text: string,
    ttlMs: Milliseconds,
    deadline: Deadline,
    onLate: OnLate,
  ): Promise<boolean> {
    // 0 is for ever in Keyv 5 and 6, and keeps its own default out.
    const ttl = ttlMs === Infinity ? 0 : Math.ceil(ttlMs)
    const run = () => this.#keyv.set(key, text, ttl)
    return (await this.#call('set', deadline, run, always, onLate)) !== false
  }

  async delete(key: string, deadline: Deadline, onLate: OnLate): Promise<boolean> {
    const run = () => this.#keyv.delete(key)
    return (await this.#call('delete', deadline, run, isMissing, onLate)) !== false
  }

  /** Removes all that has the namespace of this Keyv, which must have one. */
  async clear(): Promise<void> {
    const run = () => this.#keyv.clear()
    await this.#call('clear', this.#patience.deadline(), run, always)
  }

  /** What the store lists, as pairs of key and value; nothing where it cannot list. */
  async *list(): AsyncGenerator<unknown> {
    const iterator = this.#keyv.iterator?.()[Symbol.asyncIterator]()
    if (iterator === undefined) return
    for (;;) {
      const next = () => Promise.resolve(iterator.next())
      const { done, value } = await this.#call('list', this.#patience.deadline(), next, isDone)
      if (done === true) return
      yield value
    }
  }

  /** Ends the connection. One that cannot be ended in time is left alone. */
  async close(): Promise<void> {
    const ending = this.#keyv.disconnect()
    await this.#patience.turn(ending, this.#patience.deadline()).catch((error: unknown) => {
      publishError({ error, operation: 'close' })
    })
  }

  async #readOne(key: string): Promise<unknown> {
    try {
      return await this.#keyv.get(key)
    } catch (error) {
      if (isForeign(error)) return undefined
      throw error
    }
  }

  async #readAll(keys: readonly string[]): Promise<unknown[]> {
    const { store } = this.#keyv
    try {
      // Keyv 5 hides the failures of a store that has no `getMany`.
      if (hasMethod(store, 'getMany')) {
        const values: unknown = await this.#keyv.getMany([...keys])
        return Array.isArray(values) ? values : []
      }
    } catch (error) {
      if (!isForeign(error)) throw error
    }
    return Promise.all(keys.map((key) => this.#readOne(key)))
  }

  async #call<T>(
    operation: string,
    deadline: Deadline,
    run: () => Promise<T>,
    isDoubtful: (result: T) => boolean,
    onLate?: OnLate,
  ): Promise<T> {
    const errors = this.#errors
    this.#out++
    try {
      const result = await this.#patience.call(operation, deadline, run, onLate)
      if (errors === this.#errors || !isDoubtful(result)) return result
      throw failure(operation, this.#lastError)
    } catch (error) {
      throw CacheError.is(error) ? error : failure(operation, error)
    } finally {
      this.#out--
    }
  }
}

function failure(operation: string, cause: unknown): CacheError {
  const message = `The Keyv store failed in \`${operation}\`.`
  return new CacheError('ERR_CONNECTION', message, { cause, applied: 'unknown' })
}

/** What Keyv cannot parse is somebody else's, and none of ours. */
function isForeign(error: unknown): boolean {
  return error instanceof SyntaxError
}

function hasMethod(object: unknown, name: string): boolean {
  if (typeof object !== 'object' || object === null) return false
  return typeof (object as Record<string, unknown>)[name] === 'function'
}

function isMissing(result: unknown): boolean {
  return result === undefined || result === null || result === false
}

function hasMissing(results: readonly unknown[]): boolean {
  return results.length === 0 || results.some(isMissing)
}

/** Some adapters answer a write that failed as one that did not. */
function always(): boolean {
  return true
}

function isDone({ done }: IteratorResult<unknown>): boolean {
  return done === true
}
