import type { IncomingMessage, ServerResponse } from 'node:http'
import { describeCaches } from '../caches.ts'
import type { MemcachedClient } from '../client/index.ts'
import { type Clock, systemClock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import { CacheMetrics } from './cache-metrics.ts'
import { metricsText } from './series.ts'
import { serverMetrics } from './server-metrics.ts'

/** What {@link prometheusMetrics} tells of. */
export interface PrometheusOptions {
  /**
   * Whether the servers are asked for their figures, at each scrape: four commands to each. Turn it
   * off in all processes but one, or where an exporter does it.
   *
   * @default true
   */
  readonly servers?: boolean | undefined
  /** Where the time is taken from. Left out: the system's clock. */
  readonly clock?: Clock | undefined
}

export const PROMETHEUS_DEFAULTS: { readonly servers: boolean } = Object.freeze({ servers: true })

function resolvePrometheusOptions(options: PrometheusOptions): {
  readonly servers: boolean
  readonly clock: Clock
} {
  checkOptions('the options of prometheusMetrics', options, ['servers', 'clock'])
  const { servers = PROMETHEUS_DEFAULTS.servers, clock = systemClock } = options
  if (typeof servers !== 'boolean') throw optionError('servers', servers, 'true or false')
  return { servers, clock }
}

/** What counts until it is closed, and writes it as Prometheus reads it. */
export interface PrometheusMetrics extends Disposable {
  /** Of the answer that carries {@link PrometheusMetrics.text}. */
  readonly contentType: string
  /**
   * All figures as they are now. It does not reject: of a server that is down it says so.
   *
   * Scrapes at the same time share one round of questions.
   */
  text(): Promise<string>
  /** Answers a scrape, in whatever speaks web standards. Put it where only your scraper gets. */
  fetch(request: Request): Promise<Response>
  /** Answers a scrape on node:http, Express and the like. */
  node(request: IncomingMessage, response: ServerResponse): Promise<void>
  close(): void
}

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Counts what this process does with its caches, and tells it to Prometheus with the figures of the
 * servers.
 *
 * The servers' own have the names of the Memcached exporter (`memcached_commands_total`, …), the
 * others begin with `reprise_`. No key and no address is a label: aliases, operations, names of pages
 * and of fragments are, and at most 1000 series each.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createCaches } from 'reprise'
 * import { prometheusMetrics } from 'reprise/telemetry'
 *
 * const metrics = prometheusMetrics(createCaches())
 * createServer(metrics.node).listen(9150, '127.0.0.1')
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function prometheusMetrics(
  caches: object,
  options: PrometheusOptions = {},
): PrometheusMetrics {
  const { servers, clock } = resolvePrometheusOptions(options)
  const described = describeCaches(caches)
  const clients = new Set<MemcachedClient>(described.flatMap(({ client }) => client ?? []))
  const metrics = new CacheMetrics(clock)
  let asking: ReturnType<typeof serverMetrics> | undefined

  const text = async (): Promise<string> => {
    if (!servers) return metricsText(metrics.families)
    asking ??= serverMetrics(clients).finally(() => {
      asking = undefined
    })
    return metricsText([...metrics.families, ...(await asking)])
  }
  const close = (): void => metrics.close()
  return {
    contentType: CONTENT_TYPE,
    text,
    close,
    [Symbol.dispose]: close,
    async fetch(request) {
      if (!isRead(request.method))
        return new Response('Only GET.\n', { status: 405, headers: { allow: 'GET, HEAD' } })
      const body = await text()
      const headers = { 'content-type': CONTENT_TYPE, 'cache-control': 'no-store' }
      return new Response(request.method === 'HEAD' ? null : body, { headers })
    },
    async node(request, response) {
      if (!isRead(request.method)) {
        response.writeHead(405, { allow: 'GET, HEAD' }).end('Only GET.\n')
        return
      }
      const body = await text()
      response.writeHead(200, {
        'content-type': CONTENT_TYPE,
        'cache-control': 'no-store',
        'content-length': Buffer.byteLength(body),
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    },
  }
}

function isRead(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD'
}
