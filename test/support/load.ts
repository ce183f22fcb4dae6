import { MemcachedClient, type MemcachedOptions } from '../../src/client/index.ts'
import { CacheError } from '../../src/errors.ts'
import { seededRandom } from '../../src/testing/index.ts'

const KEYS = 200

/** What loops of reads saw. Values tell their key, so that another key's value shows. */
export interface Sightings {
  good: number
  missed: number
  /** Values that are not the key's own, whole. */
  wrong: string[]
  /** Failures by code. */
  readonly failures: Map<string, number>
  /** Failures that are no `CacheError`. */
  strange: unknown[]
  slowestMs: number
}

/** Eight loops that read at random, one after another, until they are stopped. */
export class Load implements AsyncDisposable {
  readonly client: MemcachedClient
  readonly #loops: Promise<void>[]
  #seen = nothing()
  #running = true

  static async start(options: MemcachedOptions, seed = 1): Promise<Load> {
    const client = new MemcachedClient(options)
    await Promise.all(
      Array.from({ length: KEYS }, (_, i) => client.set(`key:${i}`, ownValue(`key:${i}`))),
    )
    return new Load(client, seed)
  }

  private constructor(client: MemcachedClient, seed: number) {
    this.client = client
    const random = seededRandom(seed)
    this.#loops = Array.from({ length: 8 }, () => this.#loop(random))
  }

  /** What was seen since the last call. */
  take(): Sightings {
    const seen = this.#seen
    this.#seen = nothing()
    return seen
  }

  /** Resolves with the next good answer. */
  async good(): Promise<void> {
    const before = this.#seen.good
    while (this.#seen.good === before) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running = false
    await Promise.all(this.#loops)
    await this.client.close()
  }

  async #loop(random: () => number): Promise<void> {
    while (this.#running) {
      const key = `key:${Math.floor(random() * KEYS)}`
      const started = performance.now()
      const failed = await this.#read(key)
      this.#seen.slowestMs = Math.max(this.#seen.slowestMs, performance.now() - started)
      // As an application would: it does something else before it asks again.
      if (failed) await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  async #read(key: string): Promise<boolean> {
    try {
      const item = await this.client.get(key)
      const text = item?.value.toString()
      if (text === undefined) this.#seen.missed++
      else if (text === ownValue(key)) this.#seen.good++
      else this.#seen.wrong.push(`${key} → ${text}`)
      return false
    } catch (error) {
      if (!CacheError.is(error)) this.#seen.strange.push(error)
      else this.#seen.failures.set(error.code, (this.#seen.failures.get(error.code) ?? 0) + 1)
      return true
    }
  }
}

function ownValue(key: string): string {
  return `v:${key}:${'x'.repeat(key.length * 7)}`
}

function nothing(): Sightings {
  return { good: 0, missed: 0, wrong: [], failures: new Map(), strange: [], slowestMs: 0 }
}
