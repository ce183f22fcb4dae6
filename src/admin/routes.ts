import type { Asset } from './assets.ts'
import { liveStream } from './live.ts'
import type { ResolvedAdminOptions } from './options.ts'
import { buildOverview, type Overview, type OverviewInput } from './overview.ts'
import { respond, respondText } from './replies.ts'
import { KEPT_INTERVALS, type Sampler } from './sampler.ts'

const UI_MISSING =
  'The dashboard is not built: dist/admin/ui is missing. Run `npm run build` in the reprise package.'

export interface RouteSources {
  readonly options: ResolvedAdminOptions
  readonly aliases: OverviewInput['aliases']
  readonly sampler: Sampler
  /** `undefined`: not built. */
  readonly assets: ReadonlyMap<string, Asset> | undefined
}

/** Answers what came past the access check. Read only: there is no route for another method. */
export class Routes {
  readonly #sources: RouteSources
  /** The event of the last sample, by window: however many tabs there are, it is made once. */
  readonly #events = new Map<number, { readonly atMs: number; readonly data: string }>()

  constructor(sources: RouteSources) {
    this.#sources = sources
  }

  /** `path` is what follows the base path: empty, or from a slash on. */
  async answer(request: Request, path: string, url: URL): Promise<Response> {
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') {
      return respondText(method, 405, 'Only GET and HEAD.', { allow: 'GET, HEAD' })
    }
    if (path === '') {
      // Relative, so that no host and no prefix of a proxy can be wrong; `./` keeps a last segment
      // with a colon from being read as a scheme.
      const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
      return respondText(method, 307, 'One slash further.', { location: `./${last}/` })
    }
    if (path === '/api/overview' || path === '/api/live') {
      const seconds = windowOf(url, this.#sources.options.sampleMs)
      if (seconds === undefined) {
        return respondText(
          method,
          400,
          '`window` must be whole seconds, 1 to 600 sample intervals.',
        )
      }
      return path === '/api/live'
        ? this.#live(request, seconds)
        : await this.#overviewReply(method, seconds)
    }
    return this.#asset(request, path === '/' ? 'index.html' : path.slice(1))
  }

  async #overviewReply(method: string, seconds: number): Promise<Response> {
    await this.#sources.sampler.latest()
    const overview = this.#overview(seconds)
    if (overview === undefined) return respondText(method, 503, 'The dashboard is shut down.')
    return respond(method, { type: 'application/json', body: JSON.stringify(overview) })
  }

  #live(request: Request, seconds: number): Response {
    const { sampler, options } = this.#sources
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
    const newest = this.#sources.sampler.samples.at(-1)
    const made = this.#events.get(seconds)
    if (newest !== undefined && made?.atMs === newest.at) return made.data
    const overview = this.#overview(seconds)
    if (newest === undefined || overview === undefined) return undefined
    const { points, markers } = overview.history
    const data = JSON.stringify({ ...overview, history: { points: points.slice(-1), markers } })
    this.#events.set(seconds, { atMs: newest.at, data })
    return data
  }

  #overview(windowSeconds: number): Overview | undefined {
    const { options, aliases, sampler } = this.#sources
    return buildOverview({
      title: options.title,
      environment: options.env.NODE_ENV || 'development',
      readOnly: options.readOnly,
      sampleMs: options.sampleMs,
      windowSeconds,
      aliases,
      samples: sampler.samples,
      markers: sampler.markers,
    })
  }

  #asset(request: Request, name: string): Response {
    const { assets } = this.#sources
    if (assets === undefined && name === 'index.html') {
      return respondText(request.method, 503, UI_MISSING)
    }
    const asset = assets?.get(name)
    if (asset === undefined) return respondText(request.method, 404, 'There is no such page.')
    const headers = { etag: asset.etag }
    if (request.headers.get('if-none-match') === asset.etag) {
      return respond(request.method, { status: 304, type: asset.type, body: '', headers })
    }
    return respond(request.method, { type: asset.type, body: asset.body, headers })
  }
}

/** How far back figures reach: `?window=` in seconds, one sample interval where it is left out. */
function windowOf(url: URL, sampleMs: number): number | undefined {
  const text = url.searchParams.get('window')
  if (text === null) return sampleMs / 1000
  const seconds = Number(text)
  const longest = (KEPT_INTERVALS * sampleMs) / 1000
  return /^\d+$/.test(text) && seconds >= 1 && seconds <= longest ? seconds : undefined
}
