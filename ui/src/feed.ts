import { effect, signal } from '@preact/signals'
import type { HistoryPoint } from '../../src/admin/history.ts'
import type { Overview } from '../../src/admin/overview.ts'

/**
 * `live`: events come · `polling`: they do not, but answers do · `lost`: neither, figures are old ·
 * `refused`: the server says no, and why.
 */
export type FeedStatus = 'loading' | 'live' | 'polling' | 'lost' | 'refused'

export interface Feed {
  readonly status: FeedStatus
  readonly overview: Overview | undefined
  /** What the server said when it refused, or what the browser said when it could not ask. */
  readonly message: string
}

const NOTHING_YET: Feed = { status: 'loading', overview: undefined, message: '' }

/** Silence of so many samples, and three seconds at least, is not chance. */
const SILENT_SAMPLES = 3
const SILENT_MS = 3000
const KEPT_SAMPLES = 600

/** What figures cover. At first short enough to see what one does, long enough not to flicker. */
export const windowSeconds = signal(10)

/**
 * The overview, kept current by events; by polling while events do not come, as behind a proxy that
 * holds them back. A hidden tab lets go of its connection: a browser has six for a host, and seven
 * tabs would block the site.
 */
export const feed = signal<Feed>(NOTHING_YET)

/** Keeps {@link feed} current until the returned function is called. */
export function followOverview(): () => void {
  return effect(() => {
    const follower = new Follower(windowSeconds.value)
    const follow = () => (document.hidden ? follower.stop() : follower.start())
    document.addEventListener('visibilitychange', follow)
    follow()
    return () => {
      document.removeEventListener('visibilitychange', follow)
      follower.stop()
    }
  })
}

class Follower {
  readonly #query: string
  #source: EventSource | undefined
  #timer: number | undefined
  #polling = false
  #heardAt = 0
  #sampleMs = 1000

  constructor(seconds: number) {
    this.#query = `?window=${seconds}`
  }

  start(): void {
    if (this.#source !== undefined) return
    this.#heardAt = Date.now()
    void this.#poll('live')
    this.#source = new EventSource(`api/live${this.#query}`)
    this.#source.addEventListener('sample', ({ data }) => this.#take(JSON.parse(data), 'live'))
    this.#timer = window.setInterval(() => this.#listenForSilence(), 1000)
  }

  stop(): void {
    window.clearInterval(this.#timer)
    this.#source?.close()
    this.#source = undefined
  }

  #listenForSilence(): void {
    const silentMs = Date.now() - this.#heardAt
    if (silentMs > Math.max(SILENT_MS, SILENT_SAMPLES * this.#sampleMs)) void this.#poll('polling')
  }

  async #poll(status: 'live' | 'polling'): Promise<void> {
    if (this.#polling) return
    this.#polling = true
    try {
      const response = await fetch(`api/overview${this.#query}`, { cache: 'no-store' })
      if (response.ok) this.#take(await response.json(), status)
      else this.#fail(response.status === 403 ? 'refused' : 'lost', await response.text())
    } catch {
      this.#fail('lost', 'The server cannot be reached.')
    } finally {
      this.#polling = false
    }
  }

  #take(overview: Overview, status: 'live' | 'polling'): void {
    // An answer to a question that was given up meanwhile.
    if (this.#source === undefined) return
    this.#sampleMs = overview.sampleMs
    // A poll alone is no sign that events are back, so the next second polls again.
    if (status === 'live') this.#heardAt = Date.now()
    feed.value = { status, overview: join(feed.peek().overview, overview), message: '' }
  }

  #fail(status: 'refused' | 'lost', message: string): void {
    if (this.#source === undefined) return
    feed.value = { ...feed.peek(), status, message: message.trim() }
  }
}

/** An event brings one point of the curves, an answer all; either may arrive first. */
function join(old: Overview | undefined, brought: Overview): Overview {
  const latest = old !== undefined && old.atMs > brought.atMs ? old : brought
  const points = new Map<number, HistoryPoint>()
  for (const point of old?.history.points ?? []) points.set(point.atMs, point)
  for (const point of brought.history.points) points.set(point.atMs, point)
  const sorted = [...points.values()].sort((a, b) => a.atMs - b.atMs)
  const from = latest.atMs - KEPT_SAMPLES * latest.sampleMs
  const kept = sorted.filter(({ atMs }) => atMs >= from)
  return { ...latest, history: { points: kept, markers: latest.history.markers } }
}
