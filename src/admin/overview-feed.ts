import { type Answer, ok, problem } from './answer.ts'
import { liveStream } from './live.ts'
import { isReadOnly } from './options.ts'
import { buildOverview, type Overview } from './overview.ts'
import type { AdminParts } from './parts.ts'
import { respond, respondText } from './replies.ts'
import { KEPT_INTERVALS } from './sampler.ts'

const WRONG_WINDOW = '`window` must be whole seconds, 1 to 600 sample intervals.'

export const SHUT_DOWN = 'The dashboard is shut down.'

/** The overview, as an answer and as a stream of events. */
export class OverviewFeed {
  readonly #parts: AdminParts
  /** The event of the last sample, by window: however many tabs there are, it is made once. */
  readonly #events = new Map<number, { readonly atMs: number; readonly data: string }>()

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  async overview(query: URLSearchParams): Promise<Answer> {
    const overview = await this.latest(query)
    return 'schemaVersion' in overview ? ok(overview) : overview
  }

  /** The overview of a sample that is at most a second old, or why there is none. */
  async latest(query: URLSearchParams): Promise<Overview | Answer> {
    const seconds = windowOf(query, this.#parts.options.sampleMs)
    if (seconds === undefined) return problem(400, WRONG_WINDOW)
    await this.#parts.sampler.latest()
    return this.#build(seconds) ?? problem(503, SHUT_DOWN)
  }

  live(request: Request, url: URL): Response {
    const { sampler, options } = this.#parts
    const seconds = windowOf(url.searchParams, options.sampleMs)
    if (seconds === undefined) return respondText(request.method, 400, WRONG_WINDOW)
    const headers = {
      // no-transform: a compressing middleware would hold events back until its buffer is full.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    }
    const type = 'text/event-stream'
    if (request.method === 'HEAD') return respond('HEAD', { type, body: '', headers })
    const source = {
      clock: options.clock,
      subscribe: (listener: () => void) => sampler.subscribe(listener),
      data: () => this.#event(seconds),
    }
    return respond(request.method, { type, body: liveStream(source, request.signal), headers })
  }

  #event(seconds: number): string | undefined {
    const newest = this.#parts.sampler.samples.at(-1)
    const made = this.#events.get(seconds)
    if (newest !== undefined && made?.atMs === newest.at) return made.data
    const overview = this.#build(seconds)
    if (newest === undefined || overview === undefined) return undefined
    const { points, markers } = overview.history
    const data = JSON.stringify({ ...overview, history: { points: points.slice(-1), markers } })
    this.#events.set(seconds, { atMs: newest.at, data })
    return data
  }

  #build(windowSeconds: number): Overview | undefined {
    const { options, facts, sampler } = this.#parts
    return buildOverview({
      title: options.title,
      environment: options.env.NODE_ENV || 'development',
      readOnly: isReadOnly(options),
      sampleMs: options.sampleMs,
      windowSeconds,
      aliases: facts,
      samples: sampler.samples,
      markers: sampler.markers,
    })
  }
}

/** How far back figures reach: `?window=` in seconds, one sample interval where it is left out. */
function windowOf(query: URLSearchParams, sampleMs: number): number | undefined {
  const text = query.get('window')
  if (text === null) return sampleMs / 1000
  const seconds = Number(text)
  const longest = (KEPT_INTERVALS * sampleMs) / 1000
  return /^\d+$/.test(text) && seconds >= 1 && seconds <= longest ? seconds : undefined
}
