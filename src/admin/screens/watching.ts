import type { WatchedEvent, WatchOptions } from '../../client/index.ts'
import { type Answer, ok, problem } from '../answer.ts'
import type { WatchedRow, WatchReply, WatchRequest } from '../api/watch.ts'
import type { AdminParts, AdminServer } from '../parts.ts'
import { TopItems } from '../top-keys.ts'

const KINDS: readonly string[] = ['fetchers', 'mutations', 'evictions', 'connevents']
const MAX_SECONDS = 5
const MAX_EVENTS = 10_000
const ROWS = 500
const TOP = 50

/** One capture at a time: a watcher costs a busy server up to half of what it does. */
export class Watching {
  readonly #parts: AdminParts
  #busy = false

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  async run(body: Readonly<Record<string, unknown>>, showsKeys: boolean): Promise<Answer> {
    const { server: name, kinds, seconds } = body
    const server = this.#parts.server(typeof name === 'string' ? name : null)
    if (server === undefined) return problem(404, 'There is no such server.')
    if (!isKinds(kinds)) return problem(400, `\`kinds\` must be some of ${KINDS.join(', ')}.`)
    if (typeof seconds !== 'number' || !(seconds >= 1 && seconds <= MAX_SECONDS)) {
      return problem(400, `\`seconds\` must be from 1 to ${MAX_SECONDS}.`)
    }
    if (this.#busy) return problem(409, 'Somebody watches already: one capture at a time.')
    this.#busy = true
    try {
      return ok(await this.#capture(server, { server: server.name, kinds, seconds }, showsKeys))
    } catch (error) {
      return problem(502, error instanceof Error ? error.message : 'The server does not allow it.')
    } finally {
      this.#busy = false
    }
  }

  async #capture(
    { client, name }: AdminServer,
    { kinds, seconds }: WatchRequest,
    showsKeys: boolean,
  ): Promise<WatchReply> {
    const { clock } = this.#parts.options
    const droppedBefore = await this.#dropped(name)
    const summary = new WatchSummary(showsKeys)
    const began = clock.monotonic()
    const options: WatchOptions = {
      durationMs: seconds * 1000,
      maxEvents: MAX_EVENTS,
      servers: [name],
    }
    for await (const event of client.watch(kinds, options)) summary.add(event)
    const ran = (clock.monotonic() - began) / 1000
    const after = await this.#dropped(name)
    const dropped =
      droppedBefore === undefined || after === undefined ? 0 : Math.max(0, after - droppedBefore)
    return summary.reply(name, ran, dropped)
  }

  /** From the round that is made anyway: no question more. */
  async #dropped(server: string): Promise<number | undefined> {
    await this.#parts.sampler.latest()
    return this.#parts.sampler.details.at(-1)?.byServer.get(server)?.general.log_worker_dropped
  }
}

/** Sums up what a server logged. */
export class WatchSummary {
  readonly #showsKeys: boolean
  readonly #counts = new Map<string, number>()
  readonly #top = new TopItems(500)
  readonly #events: WatchedRow[] = []
  /** Look-ups by connection that may be part of a write, whose event then has the next number. */
  readonly #lookUps = new Map<number, { readonly id: number; readonly key: string }>()
  #seen = 0
  #skipped = 0

  constructor(showsKeys: boolean) {
    this.#showsKeys = showsKeys
  }

  add(event: WatchedEvent): void {
    if (event.type === 'skipped') {
      this.#skipped += event.count
      return
    }
    this.#seen++
    this.#counts.set(event.type, (this.#counts.get(event.type) ?? 0) + 1)
    this.#countKey(event)
    if (this.#events.length < ROWS) this.#events.push(this.#rowOf(event))
  }

  reply(server: string, seconds: number, dropped: number): WatchReply {
    for (const { key } of this.#lookUps.values()) this.#top.add(key)
    this.#lookUps.clear()
    const all = this.#seen + this.#skipped + dropped
    const sorted = [...this.#counts].sort((a, b) => b[1] - a[1])
    return {
      schemaVersion: 1,
      server,
      seconds,
      seen: this.#seen,
      skipped: this.#skipped,
      dropped,
      sampleRate: all === 0 ? null : this.#seen / all,
      full: this.#seen >= MAX_EVENTS,
      counts: sorted.map(([type, count]) => ({ type, count })),
      keys: this.#showsKeys
        ? this.#top.top(TOP).map(({ item: key, count }) => ({ key, count }))
        : [],
      events: this.#events,
    }
  }

  /**
   * A `set` logs a look-up too, right before it on the same connection (1.6.18): counted both, a key
   * that is written would seem twice as hot.
   */
  #countKey(event: WatchedEvent): void {
    if (event.type === 'item_get') {
      const before = this.#lookUps.get(event.connection)
      if (before !== undefined) this.#top.add(before.key)
      this.#lookUps.set(event.connection, { id: event.id, key: event.key })
    } else if (event.type === 'item_store') {
      const before = this.#lookUps.get(event.connection)
      this.#lookUps.delete(event.connection)
      if (before !== undefined && before.key !== event.key) this.#top.add(before.key)
      this.#top.add(event.key)
    }
  }

  #rowOf(event: WatchedEvent): WatchedRow {
    const key = 'key' in event && this.#showsKeys ? event.key : null
    const atMs = 'at' in event ? event.at * 1000 : 0
    return { atMs, type: event.type, key, text: textOf(event) }
  }
}

function textOf(event: WatchedEvent): string {
  switch (event.type) {
    case 'item_get':
      return event.status
    case 'item_store':
      return `${event.command} ${event.status}, ${event.sizeBytes} B`
    case 'eviction':
      return `${event.fetched ? 'was read' : 'never read'}, unused for ${event.idle} s, ${event.sizeBytes} B`
    case 'conn_new':
    case 'conn_close':
      return `${event.transport} ${event.address}:${event.port} ${event.reason ?? ''}`.trim()
    default:
      return ''
  }
}

function isKinds(kinds: unknown): kinds is WatchRequest['kinds'] {
  return Array.isArray(kinds) && kinds.length > 0 && kinds.every((kind) => KINDS.includes(kind))
}
