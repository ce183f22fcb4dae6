/**
 * Renders pages before anybody asks for them.
 *
 * @module
 */

import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'
import { checkOptions, optionError, shown } from '../errors.ts'

/** What came of one address. */
export interface PrewarmResult {
  readonly url: string
  /** `undefined` where there was no answer. */
  readonly status: number | undefined
  /** The response's `Cache-Status`: whether it was there already, or why it is not stored. */
  readonly cacheStatus: string | undefined
  readonly error: unknown
}

/** How pages are prewarmed. */
export interface PrewarmOptions {
  /**
   * So many at a time.
   *
   * @default 4
   */
  readonly concurrency?: number
  /** Sent with each request, such as an `Accept-Language` that pages vary by. */
  readonly headers?: Readonly<Record<string, string>>
  /** Ends it: nothing more is asked, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Told of each result as it comes, with how many there were so far. */
  readonly onProgress?: (result: PrewarmResult, count: number) => void
}

export const PREWARM_DEFAULTS: Readonly<{ readonly concurrency: number }> = Object.freeze({
  concurrency: 4,
})

type PrewarmListener = (request: IncomingMessage, response: ServerResponse) => unknown

interface PrewarmFetch {
  fetch(request: Request): Response | Promise<Response>
}

/** What answers requests: a listener of `node:http`, or what has a web-standard `fetch`. */
export type PrewarmSite = PrewarmListener | PrewarmFetch

/**
 * Asks a site for pages, within this process and without a network, so that they are in the cache
 * when the first visitor comes. `site` is what the server listens with: its page cache is in it.
 *
 * `urls` are absolute; they may come one by one from an asynchronous iterable. Each is asked by a GET
 * without cookies, and its body read to the end. A page that fails fails nothing else: its result has
 * the `error`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createCaches } from 'reprise'
 * import { prewarm } from 'reprise/http'
 * import { wrapSite } from 'reprise/node'
 *
 * const site = wrapSite(createCaches(), (request, response) => response.end('Hello'))
 * const results = await prewarm(site, ['http://atlas.example/', 'http://atlas.example/cities'])
 * console.log(results.filter(({ status }) => status !== 200))
 * const server = createServer(site)
 * ```
 * @throws {@link CacheError} `ERR_OPTION_INVALID`, before anything is asked.
 */
export async function prewarm(
  site: PrewarmSite,
  urls: Iterable<string> | AsyncIterable<string>,
  options: PrewarmOptions = {},
): Promise<PrewarmResult[]> {
  const { concurrency, headers, signal, onProgress } = resolve(options)
  const asks = typeof site === 'function' ? askListener(site, headers) : askFetch(site, headers)
  const results: PrewarmResult[] = []
  const source = iteratorOf(urls)
  const work = async () => {
    for (;;) {
      signal?.throwIfAborted()
      const { done, value: url } = await source.next()
      if (done === true) return
      const result = await asked(url, asks, signal)
      results.push(result)
      onProgress?.(result, results.length)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return results
}

type Answer = Pick<PrewarmResult, 'status' | 'cacheStatus'>
type Ask = (url: URL, signal: AbortSignal | undefined) => Promise<Answer>

function resolve(options: PrewarmOptions) {
  const names = ['concurrency', 'headers', 'onProgress', 'signal']
  checkOptions('the options of `prewarm`', options, names)
  const { concurrency = PREWARM_DEFAULTS.concurrency, headers = {} } = options
  if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 1000)) {
    throw optionError('concurrency', concurrency, 'a whole number from 1 to 1000')
  }
  return { ...options, concurrency, headers }
}

/** One source for all workers: an iterator of each would give every address to each. */
function iteratorOf(
  urls: Iterable<string> | AsyncIterable<string>,
): AsyncIterator<string> | Iterator<string> {
  return Symbol.asyncIterator in urls ? urls[Symbol.asyncIterator]() : urls[Symbol.iterator]()
}

async function asked(
  url: string,
  ask: Ask,
  signal: AbortSignal | undefined,
): Promise<PrewarmResult> {
  try {
    return { url, ...(await ask(checkUrl(url), signal)), error: undefined }
  } catch (error) {
    signal?.throwIfAborted()
    return { url, status: undefined, cacheStatus: undefined, error }
  }
}

function checkUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol)) return parsed
  throw optionError('urls', url, `absolute URLs such as ${shown('https://atlas.example/cities')}`)
}

function askFetch(site: PrewarmFetch, headers: Readonly<Record<string, string>>): Ask {
  return async (url, signal) => {
    const response = await site.fetch(new Request(url, { headers, ...(signal && { signal }) }))
    await response.body?.pipeTo(new WritableStream())
    const cacheStatus = response.headers.get('cache-status') ?? undefined
    return { status: response.status, cacheStatus }
  }
}

/**
 * A server that never listens: a connection is a pair of streams. So requests and responses are
 * Node's own, for any framework, and no port is opened.
 */
function askListener(listener: PrewarmListener, headers: Readonly<Record<string, string>>): Ask {
  const failures = new WeakMap<object, unknown>()
  const server = createServer(async (request, response) => {
    try {
      await listener(request, response)
    } catch (error) {
      failures.set(request.socket, error)
      request.socket.destroy()
    }
  })
  return async (url, signal) => {
    const [client, connection] = duplexPair()
    // What frameworks read of a socket: whether it was https, and that it came from here.
    const known = { encrypted: url.protocol === 'https:', remoteAddress: '127.0.0.1' }
    // One end of a pair does not close the other.
    connection.once('close', () => client.destroy(new Error('The response was broken off.')))
    server.emit('connection', Object.assign(connection, known))
    try {
      return await ask(client, url, headers, signal)
    } catch (error) {
      throw failures.get(connection) ?? error
    }
  }
}

async function ask(
  connection: Duplex,
  { host, pathname, search }: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const asking = openRequest({
    createConnection: () => connection,
    method: 'GET',
    path: pathname + search,
    headers: { ...headers, host, connection: 'close' },
    ...(signal && { signal }),
  })
  asking.end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return { status: response.statusCode, cacheStatus: statusOf(response) }
}

function statusOf({ headers }: IncomingMessage): string | undefined {
  const status = headers['cache-status']
  return Array.isArray(status) ? status.join(', ') : status
}
