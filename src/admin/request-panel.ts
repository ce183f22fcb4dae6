import { AsyncLocalStorage } from 'node:async_hooks'
import {
  cacheChannel,
  commandChannel,
  computeChannel,
  fragmentChannel,
  pageChannel,
} from '../channels.ts'
import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'
import type { RequestCall, RequestReply, RequestsReply } from './api/requests.ts'

const MAX_CALLS = 200
const KEPT = 50

/** What of a request of node:http or Express is read. */
export interface PanelRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly originalUrl?: string | undefined
}

/** What of its response. */
export interface PanelResponse {
  readonly statusCode: number
  once(event: 'close', listener: () => void): unknown
}

interface Collected {
  readonly beganAt: Milliseconds
  readonly calls: RequestCall[]
  left: number
}

/** Of the contexts of all channels, what is shown. */
interface Told {
  readonly alias?: string
  readonly operation?: string
  readonly name?: string
  readonly method?: string
  readonly server?: string
  readonly result?: unknown
  readonly reason?: string
  readonly hits?: number
  readonly stale?: number
  readonly misses?: number
  readonly stored?: number
  readonly error?: unknown
}

const CHANNELS = [
  ['cache', cacheChannel],
  ['page', pageChannel],
  ['fragment', fragmentChannel],
  ['compute', computeChannel],
  ['command', commandChannel],
] as const

/** Collects, for development, what each request did with the caches. It begins with its first request. */
export class RequestPanel {
  readonly #clock: Clock
  readonly #requests: RequestReply[] = []
  readonly #store = new AsyncLocalStorage<Collected>()
  readonly #begun = new WeakMap<object, { readonly at: Milliseconds; readonly into: Collected }>()
  #unsubscribe: (() => void)[] | undefined
  #next = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }

  reply(): RequestsReply {
    const collecting = this.#unsubscribe !== undefined
    return { schemaVersion: 1, collecting, requests: this.#requests }
  }

  /** Runs `next`, and whatever it leads to, as one request. */
  collect(request: PanelRequest, response: PanelResponse, next: () => void): void {
    this.#subscribe()
    const [clock, atMs] = [this.#clock, this.#clock.now()]
    const collected: Collected = { beganAt: clock.monotonic(), calls: [], left: 0 }
    const { method = '', originalUrl, url } = request
    const [path = ''] = (originalUrl ?? url ?? '').split('?')
    response.once('close', () => {
      const calls = collected.calls.filter(({ kind }) => kind === 'cache')
      this.#requests.unshift({
        id: this.#next++,
        atMs,
        method,
        path,
        status: response.statusCode,
        tookMs: clock.monotonic() - collected.beganAt,
        hits: calls.filter(({ result }) => result.startsWith('hit')).length,
        misses: calls.filter(({ result }) => result.startsWith('miss')).length,
        calls: collected.calls,
        left: collected.left,
      })
      if (this.#requests.length > KEPT) this.#requests.pop()
    })
    this.#store.run(collected, next)
  }

  close(): void {
    for (const end of this.#unsubscribe ?? []) end()
    this.#unsubscribe = undefined
  }

  #subscribe(): void {
    if (this.#unsubscribe !== undefined) return
    const begin = (context: unknown): void => {
      const into = this.#store.getStore()
      if (into !== undefined)
        this.#begun.set(context as object, { at: this.#clock.monotonic(), into })
    }
    this.#unsubscribe = CHANNELS.flatMap(([kind, { start, asyncEnd }]) => {
      const end = (context: unknown): void => this.#end(kind, context as Told)
      start.subscribe(begin)
      asyncEnd.subscribe(end)
      return [() => start.unsubscribe(begin), () => asyncEnd.unsubscribe(end)]
    })
  }

  #end(kind: string, context: Told): void {
    const begun = this.#begun.get(context)
    if (begun === undefined) return
    const { at, into } = begun
    if (into.calls.length >= MAX_CALLS) {
      into.left++
      return
    }
    const { alias, operation, name, method, server } = context
    into.calls.push({
      kind,
      alias: alias ?? server ?? null,
      operation: operation ?? name ?? method ?? kind,
      result: resultOf(kind, context),
      startMs: at - into.beganAt,
      tookMs: this.#clock.monotonic() - at,
    })
  }
}

function resultOf(kind: string, told: Told): string {
  if (told.error !== undefined) return 'error'
  if (kind !== 'cache') {
    const result = typeof told.result === 'string' ? told.result : 'done'
    return told.reason === undefined ? result : `${result} (${told.reason})`
  }
  const { hits = 0, stale = 0, misses = 0, stored = 0 } = told
  const words: string[] = []
  if (hits > 0) words.push(hits === 1 ? 'hit' : `hits ${hits}`)
  if (stale > 0) words.push(stale === 1 ? 'stale' : `stale ${stale}`)
  if (misses > 0) words.push(misses === 1 ? 'miss' : `misses ${misses}`)
  if (stored > 0) words.push(stored === 1 ? 'stored' : `stored ${stored}`)
  return words.length === 0 ? 'done' : words.join(', ')
}
