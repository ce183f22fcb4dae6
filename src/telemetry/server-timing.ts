import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { cacheChannel, commandChannel, computeChannel, fragmentChannel } from '../channels.ts'
import { systemClock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import { onEnd } from './timed.ts'

/** When {@link serverTiming} says something. */
export interface ServerTimingOptions {
  /**
   * Left out: unless `NODE_ENV` is `production`. What it tells is of use to who probes a site: how
   * long things take, and whether somebody has asked for them.
   */
  readonly enabled?: boolean | undefined
}

type Listener<Request extends IncomingMessage, Response extends ServerResponse> = (
  request: Request,
  response: Response,
) => unknown

/** What one request has asked of caches so far. */
class Tally {
  hits = 0
  stale = 0
  misses = 0
  commands = 0
  fragments = 0
  #cacheMs: Milliseconds = 0
  #computeMs: Milliseconds = 0

  addCall(hits: number, stale: number, misses: number, ms: Milliseconds): void {
    this.hits += hits
    this.stale += stale
    this.misses += misses
    this.#cacheMs += ms
  }

  addComputation(ms: Milliseconds): void {
    this.#computeMs += ms
  }

  /** Source: W3C Server Timing, section 2. Calls that overlap count each for itself. */
  get header(): string {
    const { hits, stale, misses, commands, fragments } = this
    const parts = [`${hits} hit`, `${stale} stale`, `${misses} miss`, `${commands} commands`]
    if (fragments > 0) parts.push(`${fragments} fragments`)
    const compute = this.#computeMs > 0 ? `, compute;dur=${this.#computeMs.toFixed(1)}` : ''
    return `cache;desc="${parts.join(', ')}";dur=${this.#cacheMs.toFixed(1)}${compute}`
  }
}

const current = new AsyncLocalStorage<Tally>()
let isListening = false

/**
 * Wraps a node:http listener, or an application that is one, so that each response says in
 * `Server-Timing` what its request asked of the caches until its head was sent: browsers show it
 * among a request's timings. For development; what is on behind it counts as long as it is wrapped.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { serverTiming } from 'reprise/telemetry'
 *
 * createServer(serverTiming((_request, response) => response.end('Hello'))).listen(3000)
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function serverTiming<Request extends IncomingMessage, Response extends ServerResponse>(
  listener: Listener<Request, Response>,
  options: ServerTimingOptions = {},
): Listener<Request, Response> {
  if (typeof listener !== 'function') throw optionError('listener', listener, 'a function')
  checkOptions('the options of serverTiming', options, ['enabled'])
  const { enabled = process.env.NODE_ENV !== 'production' } = options
  if (typeof enabled !== 'boolean') throw optionError('enabled', enabled, 'true or false')
  if (!enabled) return listener
  listen()
  return (request, response) => {
    const tally = new Tally()
    announce(response, tally)
    return current.run(tally, () => listener(request, response))
  }
}

/** Adds the header as late as it can be: just before the head goes out. */
function announce(response: ServerResponse, tally: Tally): void {
  const writeHead = response.writeHead
  response.writeHead = function told(this: ServerResponse, ...args: unknown[]) {
    response.writeHead = writeHead
    if (!response.headersSent) response.appendHeader('Server-Timing', tally.header)
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
}

function listen(): void {
  if (isListening) return
  isListening = true
  onEnd(cacheChannel, systemClock, ({ hits = 0, stale = 0, misses = 0 }, seconds) => {
    current.getStore()?.addCall(hits, stale, misses, seconds * 1000)
  })
  onEnd(computeChannel, systemClock, (_, seconds) => {
    current.getStore()?.addComputation(seconds * 1000)
  })
  onEnd(commandChannel, systemClock, ({ count }) => {
    const tally = current.getStore()
    if (tally !== undefined) tally.commands += count
  })
  onEnd(fragmentChannel, systemClock, () => {
    const tally = current.getStore()
    if (tally !== undefined) tally.fragments += 1
  })
}
