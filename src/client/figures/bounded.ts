import { setMaxListeners } from 'node:events'

/**
 * A controller whose signal is for many to listen to: Node warns of a leak from the eleventh on.
 */
export function sharedAbort(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}

/**
 * An async generator over connections of its own, which `return` ends at once: also where it waits
 * for the network. It ends with the reason of any of `signals` that is aborted.
 *
 * A generator alone would not do: its `return` waits until what it awaits has come.
 */
export class Bounded<T> implements AsyncGenerator<T, void, undefined> {
  readonly #signals: readonly (AbortSignal | undefined)[]
  readonly #stop = sharedAbort()
  readonly #items: AsyncGenerator<T, void, undefined>
  #returned = false
  #linked = false

  /** `make` gets the signal that ends it. */
  constructor(
    signals: readonly (AbortSignal | undefined)[],
    make: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  ) {
    this.#signals = signals
    this.#items = make(this.#stop.signal)
  }

  async next(): Promise<IteratorResult<T, void>> {
    this.#link()
    try {
      const result = await this.#items.next()
      if (result.done === true) this.#unlink()
      return result
    } catch (error) {
      this.#unlink()
      if (this.#returned) return { done: true, value: undefined }
      throw error
    }
  }

  /** Closes the connections. */
  async return(): Promise<IteratorResult<T, void>> {
    this.#returned = true
    this.#unlink()
    this.#stop.abort()
    await this.#items.return().catch(() => {})
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<IteratorResult<T, void>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  // With the first item, not before: what is never read is never ended, and would stay linked.
  #link(): void {
    if (this.#linked || this.#returned) return
    this.#linked = true
    for (const signal of this.#signals) {
      if (signal?.aborted) this.#abort(signal)
      else signal?.addEventListener('abort', this.#onAbort)
    }
  }

  #unlink(): void {
    for (const signal of this.#signals) signal?.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (event: Event): void => this.#abort(event.target as AbortSignal)

  #abort(signal: AbortSignal): void {
    this.#stop.abort(signal.reason)
  }
}
