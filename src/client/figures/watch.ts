import { checkOptions, optionError } from '../../errors.ts'
import { watchServer } from '../../net/watching.ts'
import type { Watched } from '../../protocol/watched.ts'
import type { Milliseconds } from '../../units.ts'
import type { ResolvedMemcachedOptions } from '../options.ts'
import type { Router } from '../routing/router.ts'
import type { Server } from '../routing/server.ts'
import { Bounded, sharedAbort } from './bounded.ts'
import { merged } from './merged.ts'
import { checkCount, checkServers, checkSignal, chosenServers } from './own-options.ts'

const KINDS = [
  'fetchers',
  'mutations',
  'evictions',
  'connevents',
  'deletions',
  'proxyreqs',
  'proxyevents',
  'proxyuser',
] as const

/** What a server logs, in its own words. `deletions` needs memcached 1.6.20. */
export type WatchKind = (typeof KINDS)[number]

/** One event, and the server that it came from. */
export type WatchedEvent = Watched & { readonly server: string }

/** How long and how much to watch. */
export interface WatchOptions {
  /**
   * At most so many, of all servers together, the skipped ones counted as one. Up to a million.
   *
   * @default 1000
   */
  readonly maxEvents?: number | undefined
  /**
   * From the first read. Up to ten minutes.
   *
   * @default 5000
   */
  readonly durationMs?: Milliseconds | undefined
  /** Only these, by their names in the client's `servers`. Default: all. */
  readonly servers?: readonly string[] | undefined
  /** Ends it, with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** What `watch` uses where its options are silent. */
export const WATCH_DEFAULTS: { readonly [Name in keyof Bounds]: number } = Object.freeze({
  maxEvents: 1000,
  durationMs: 5000,
})

const OPTIONS = [...Object.keys(WATCH_DEFAULTS), 'servers', 'signal']

// Watching costs a busy server half of its throughput: nobody is to forget that it is on.
const MAX_EVENTS = 1_000_000
const MAX_DURATION: Milliseconds = 600_000

// The server's logger, which also answers, sleeps for up to a second while it has nothing to do
// (memcached logger.c, `MAX_LOGGER_SLEEP`).
const LOGGER_SLEEP: Milliseconds = 1000

interface Bounds {
  readonly maxEvents: number
  readonly durationMs: Milliseconds
}

/** Throws what is wrong with its arguments; connects with the first `next`. */
export function watchServers(
  router: Router,
  kinds: WatchKind | readonly WatchKind[],
  options: WatchOptions,
  settings: ResolvedMemcachedOptions,
): AsyncGenerator<WatchedEvent, void, undefined> {
  const words = checkKinds(kinds)
  checkOptions('the options of `watch`', options, OPTIONS)
  const { maxEvents = WATCH_DEFAULTS.maxEvents, durationMs = WATCH_DEFAULTS.durationMs } = options
  const bounds: Bounds = {
    maxEvents: checkCount('maxEvents', maxEvents, 1, MAX_EVENTS),
    durationMs: checkCount('durationMs', durationMs, 1, MAX_DURATION),
  }
  const names = options.servers
  checkServers(router, names)
  const servers = (): Promise<readonly Server[]> => chosenServers(router, names)
  const signals = [router.closing, checkSignal(options.signal)]
  return new Bounded(signals, (signal) => watchEach(servers, words, bounds, settings, signal))
}

async function* watchEach(
  servers: () => Promise<readonly Server[]>,
  kinds: readonly WatchKind[],
  { maxEvents, durationMs }: Bounds,
  settings: ResolvedMemcachedOptions,
  outer: AbortSignal,
): AsyncGenerator<WatchedEvent, void, undefined> {
  const over = sharedAbort()
  const isOver = (): boolean => over.signal.aborted && !outer.aborted
  const end = (): void => over.abort(outer.reason)
  outer.addEventListener('abort', end, { once: true })
  const timer = setTimeout(end, durationMs)
  const opening = {
    ...settings,
    answerMs: settings.timeoutMs + LOGGER_SLEEP,
    silenceMs: Infinity,
    signal: over.signal,
  }
  try {
    if (outer.aborted) end()
    const sources = (await servers()).map((server) => watchOne(server, kinds, opening))
    let count = 0
    for await (const events of merged(sources)) {
      for (const event of events) {
        if (isOver()) return
        yield event
        if (++count === maxEvents) return
      }
    }
  } catch (error) {
    if (!isOver()) throw error
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', end)
    end()
  }
}

async function* watchOne(
  { address, name }: Server,
  kinds: readonly WatchKind[],
  opening: Parameters<typeof watchServer>[2],
): AsyncGenerator<readonly WatchedEvent[], void, undefined> {
  for await (const events of watchServer(address, kinds, opening)) {
    yield events.map((event) => ({ server: name, ...event }))
  }
}

function checkKinds(kinds: WatchKind | readonly WatchKind[]): readonly WatchKind[] {
  const list: unknown = typeof kinds === 'string' ? [kinds] : kinds
  const isKind = (kind: unknown): kind is WatchKind => KINDS.some((known) => known === kind)
  if (Array.isArray(list) && list.length > 0 && list.every(isKind)) return [...new Set(list)]
  const wrong = Array.isArray(list) ? (list.find((kind) => !isKind(kind)) ?? list) : list
  throw optionError('kinds', wrong, `one or more of ${KINDS.join(', ')}`)
}
