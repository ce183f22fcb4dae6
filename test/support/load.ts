import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Caches, createCaches } from '../../src/caches.ts'
import type { ConnectContext, ErrorMessage } from '../../src/channels.ts'
import type { MemcachedClient, MemcachedOptions } from '../../src/client/index.ts'
import { systemClock } from '../../src/clock.ts'
import { PageCache, respond } from '../../src/http/index.ts'
import { seededRandom } from '../../src/testing/index.ts'
import { openClient } from './client.ts'
import { Ledger } from './ledger.ts'
import { Sightings } from './sightings.ts'

const LOOPS = 8
const KEYS = 25
// A lease whose reply was lost is nobody's until it ends: who comes next waits so long for its fill.
const WAIT_MS = 100
const CONNECTING = 'tracing:reprise:connect:start'

// The caches say once of each server that it cannot be reached. Here that is no news.
process.removeAllListeners('warning')

export interface LoadOptions extends Omit<MemcachedOptions, 'servers'> {
  readonly servers: readonly string[]
  readonly seed?: number
}

/**
 * Eight loops that call a client, a cache over it and a page cache over that, at random, until they
 * are stopped; each call is held against what must come of it (see {@link Sightings}). Each loop
 * has keys of its own, so that it knows what was last stored. What is thrown where nobody catches
 * it fails the run of the tests.
 */
export class Load implements AsyncDisposable {
  readonly client: MemcachedClient
  readonly #caches: Caches<'default'>
  readonly #pages: PageCache
  readonly #ledger = new Ledger()
  readonly #random: () => number
  readonly #servers: ReadonlySet<string>
  readonly #loops: Promise<void>[]
  /** From each server, so far. */
  readonly #answers = new Map<string, number>()
  #seen = new Sightings()
  #running = true
  #writes = 0

  static async start({ seed = 1, ...options }: LoadOptions): Promise<Load> {
    const load = new Load(options, seed)
    while (load.#seen.good < 100) await sleep(1)
    load.take()
    return load
  }

  private constructor(options: MemcachedOptions & LoadOptions, seed: number) {
    const { servers, clock = systemClock, ttl: _, ...rest } = options
    this.client = openClient(options)
    this.#caches = createCaches(
      { default: { backend: 'memcached', location: servers, waitMs: WAIT_MS, options: rest } },
      { clock },
    )
    this.#pages = new PageCache(this.#caches.default, { waitMs: WAIT_MS })
    this.#servers = new Set(servers)
    this.#random = seededRandom(seed)
    subscribe('reprise:error', this.#hear)
    subscribe(CONNECTING, this.#hearConnect)
    this.#loops = Array.from({ length: LOOPS }, (_, i) => this.#loop(i))
  }

  /** What was seen since the last call. */
  take(): Sightings {
    const seen = this.#seen
    this.#seen = new Sightings()
    return seen
  }

  /** Resolves with the next answer from that server, a miss included. */
  async answer(server: string): Promise<void> {
    const before = this.#answers.get(server)
    while (this.#answers.get(server) === before) await sleep(1)
  }

  /** Tells that a server lost what it had. */
  emptied(): void {
    this.#ledger.emptied()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running = false
    await Promise.all(this.#loops)
    unsubscribe('reprise:error', this.#hear)
    unsubscribe(CONNECTING, this.#hearConnect)
    await this.client.close()
    await this.#caches.close()
  }

  readonly #hear = (message: unknown): void => {
    if (this.#servers.has((message as ErrorMessage).server ?? '')) this.#seen.told++
  }

  readonly #hearConnect = (message: unknown): void => {
    const { server } = message as ConnectContext
    if (this.#servers.has(server)) this.#seen.connecting(server)
  }

  async #loop(id: number): Promise<void> {
    while (this.#running) {
      const key = this.#key(id)
      const startedAt = performance.now()
      const dice = this.#random()
      if (dice < 0.85) {
        await this.#callClient(id, key, dice).catch((error: unknown) => this.#seen.failed(error))
        this.#seen.slowestMs = Math.max(this.#seen.slowestMs, performance.now() - startedAt)
      } else {
        await this.#callCache(key, dice).catch((error: unknown) => this.#seen.strange.push(error))
        const tookMs = performance.now() - startedAt
        this.#seen.slowestCacheMs = Math.max(this.#seen.slowestCacheMs, tookMs)
      }
      // As an application would: it does something else before it asks again.
      await sleep(1)
    }
  }

  async #callClient(id: number, key: string, dice: number): Promise<void> {
    if (dice < 0.4) this.#see(key, await this.client.get(key))
    else if (dice < 0.5) await this.#getMany(id)
    else if (dice < 0.7) await this.#write(key, this.#value(key))
    else if (dice < 0.75) await this.#write(key, undefined)
    else await this.#count(`count:${key}`)
  }

  async #getMany(id: number): Promise<void> {
    const keys = Array.from({ length: 10 }, () => this.#key(id))
    const found = await this.client.getMany(keys)
    for (const key of keys) this.#see(key, found.get(key))
  }

  async #write(key: string, value: string | undefined): Promise<void> {
    try {
      if (value === undefined) await this.client.delete(key)
      else await this.client.set(key, value)
      this.#ledger.stored(key, value)
    } catch (error) {
      this.#ledger.failed(key)
      throw error
    }
  }

  async #count(key: string): Promise<void> {
    this.#ledger.counting(key)
    const count = await this.client.incr(key, 1, { initial: 1 })
    if (count === undefined) throw new Error('A count with `initial` is a number.')
    this.#seen.judge(this.#ledger.judgeCount(key, count), `${key} → ${count}`)
  }

  /** In an outage they answer all the same, and tell of it on a channel. */
  async #callCache(key: string, dice: number): Promise<void> {
    if (dice < 0.92) {
      const value = await this.#caches.default.getOrSet(`computed:${key}`, () => `for ${key}`)
      this.#same(key, value, `for ${key}`)
    } else if (dice < 0.94) {
      await this.#caches.default.delete(`computed:${key}`)
    } else {
      const request = new Request(`http://site.example/${key}`)
      const page = await respond(this.#pages, request, () => new Response(`page ${key}`))
      this.#same(key, await page.text(), `page ${key}`)
    }
  }

  #see(key: string, item: { readonly value: Buffer } | undefined): void {
    const server = this.client.serverOf(key)
    this.#answers.set(server, (this.#answers.get(server) ?? 0) + 1)
    const text = item?.value.toString()
    this.#seen.judge(this.#ledger.judge(key, text), `${key} → ${text?.slice(0, 40)}`)
  }

  #same(key: string, found: unknown, expected: string): void {
    if (found !== expected) this.#seen.wrong.push(`${key} → ${String(found).slice(0, 40)}`)
  }

  #key(id: number): string {
    return `key:${id}:${Math.floor(this.#random() * KEYS)}`
  }

  /** Of its key alone, never the same twice, of very different lengths. */
  #value(key: string): string {
    const value = `v:${key}:${++this.#writes}:`
    return this.#random() < 0.02 ? value.padEnd(70_000, 'x') : value.padEnd(value.length * 2, 'x')
  }
}
