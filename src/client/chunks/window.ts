import { CacheError } from '../../errors.ts'
import type { Bytes } from '../../units.ts'

interface WindowLimits {
  readonly maxCount: number
  readonly maxBytes: Bytes
  /** Of the values that are held here until all of their chunks are sent. */
  readonly maxHeldBytes: Bytes
  /** Of calls that wait for their turn. */
  readonly maxWaiting: number
}

interface Turn {
  readonly bytes: Bytes
  readonly begin: () => void
}

/**
 * What may be on the way to one server at once, of all calls that send or read chunks: their queue
 * stays here instead of filling the connection's, where it would hold up everybody else, and no
 * chunk's deadline begins before its turn.
 */
export class Window {
  readonly #limits: WindowLimits
  #count = 0
  #bytes: Bytes = 0
  #held: Bytes = 0
  #waiting: Turn[] = []

  constructor(limits: WindowLimits) {
    this.#limits = limits
  }

  /** Counts a value that is held; a single one may be of any size. Give the same to `release`. */
  hold(bytes: Bytes): void {
    const { maxHeldBytes } = this.#limits
    if (this.#held > 0 && this.#held + bytes > maxHeldBytes) {
      throw overloaded(
        `Values of ${this.#held} bytes are being split: ${maxHeldBytes} are allowed.`,
      )
    }
    this.#held += bytes
  }

  release(bytes: Bytes): void {
    this.#held -= bytes
  }

  /**
   * Runs `run` for 0 to `count` - 1, in this order, each in its turn. Once one resolves to `false`
   * or rejects, no further one begins. Resolves, when those that have begun are settled, to whether
   * all were `true`.
   */
  async each(
    count: number,
    bytesOf: (index: number) => Bytes,
    run: (index: number) => Promise<boolean>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const failures: unknown[] = []
    let isWhole = true
    const running = new Set<Promise<void>>()
    for (let index = 0; index < count && isWhole; index++) {
      const bytes = bytesOf(index)
      try {
        const turn = this.#enter(bytes, signal)
        if (turn !== undefined) await turn
      } catch (error) {
        failures.push(error)
        break
      }
      if (!isWhole) {
        this.#leave(bytes)
        break
      }
      const one = run(index)
        .then(
          (went) => {
            isWhole &&= went
          },
          (error: unknown) => {
            isWhole = false
            failures.push(error)
          },
        )
        .then(() => {
          running.delete(one)
          this.#leave(bytes)
        })
      running.add(one)
    }
    await Promise.all(running)
    if (failures.length > 0) throw failures[0]
    return isWhole
  }

  /** `undefined`: at once. */
  #enter(bytes: Bytes, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#take(bytes)
      return undefined
    }
    const { maxWaiting } = this.#limits
    if (this.#waiting.length >= maxWaiting) {
      throw overloaded(`${maxWaiting} calls with large values wait for their turn already.`)
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== turn)
        this.#admit()
        reject(signal?.reason)
      }
      const begin = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const turn: Turn = { bytes, begin }
      this.#waiting.push(turn)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  #leave(bytes: Bytes): void {
    this.#count--
    this.#bytes -= bytes
    this.#admit()
  }

  #admit(): void {
    for (;;) {
      const next = this.#waiting[0]
      if (next === undefined || !this.#fits(next.bytes)) return
      this.#waiting.shift()
      this.#take(next.bytes)
      next.begin()
    }
  }

  #fits(bytes: Bytes): boolean {
    if (this.#count === 0) return true
    return this.#count < this.#limits.maxCount && this.#bytes + bytes <= this.#limits.maxBytes
  }

  #take(bytes: Bytes): void {
    this.#count++
    this.#bytes += bytes
  }
}

function overloaded(message: string): CacheError {
  return new CacheError('ERR_OVERLOADED', message)
}
