/**
 * Spans and metrics for OpenTelemetry, by its conventions for databases.
 *
 * @module
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { TracingChannel } from 'node:diagnostics_channel'
import {
  type Attributes,
  context as active,
  type Context,
  type Counter,
  type Histogram,
  type Meter,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import {
  type CacheContext,
  type CommandContext,
  type ComputeContext,
  type ConnectContext,
  cacheChannel,
  commandChannel,
  computeChannel,
  connectChannel,
  type FragmentContext,
  fragmentChannel,
  type PageContext,
  pageChannel,
} from '../channels.ts'
import { systemClock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import type { Seconds } from '../units.ts'
import { addressAttributes, cacheAttributes } from './attributes.ts'
import { errorType } from './timed.ts'

/** What {@link instrument} makes. */
export interface InstrumentOptions {
  /**
   * Whether spans are made, of calls of the cache, computations, pages, fragments and commands.
   *
   * @default true
   */
  readonly spans?: boolean | undefined
  /**
   * Whether metrics are recorded.
   *
   * @default true
   */
  readonly metrics?: boolean | undefined
  /** Left out: of the global provider. */
  readonly tracer?: Tracer | undefined
  /** Left out: of the global provider. */
  readonly meter?: Meter | undefined
}

export const INSTRUMENT_DEFAULTS: { readonly spans: boolean; readonly metrics: boolean } =
  Object.freeze({ spans: true, metrics: true })

const SCOPE = 'reprise'

/** What one call is told as. */
interface Told {
  readonly name: string
  readonly kind?: SpanKind
  readonly attributes: Attributes
}

/** The span that is being made, and what was active when it began. */
interface Running {
  readonly context: Context
  readonly outer: Context
}

/**
 * Makes spans and metrics of what this package does in this process, until what it returns is called.
 *
 * Register your provider first. A command's span is the child of the call that sent it; where a batch
 * carries several calls, of the first. Metrics: `db.client.operation.duration` (advise buckets from
 * 50 µs on: the default ones begin at 1 ms), `reprise.cache.requests` by result,
 * `reprise.compute.duration`, `reprise.page.requests`, `reprise.fragment.requests`. No key, no value
 * and no address of a page is an attribute.
 *
 * @example
 * ```ts
 * import { instrument } from 'reprise/opentelemetry'
 *
 * const stop = instrument()
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function instrument(options: InstrumentOptions = {}): () => void {
  checkOptions('the options of instrument', options, ['spans', 'metrics', 'tracer', 'meter'])
  const { spans = INSTRUMENT_DEFAULTS.spans, metrics: figures = INSTRUMENT_DEFAULTS.metrics } =
    options
  if (typeof spans !== 'boolean') throw optionError('spans', spans, 'true or false')
  if (typeof figures !== 'boolean') throw optionError('metrics', figures, 'true or false')
  const tracer = spans ? (options.tracer ?? trace.getTracer(SCOPE)) : undefined
  const recorded = figures ? recorders(options.meter ?? metrics.getMeter(SCOPE)) : undefined
  const running = new AsyncLocalStorage<Running>()

  const follow = <Message extends object>(
    channel: TracingChannel<unknown, Message>,
    told: (message: Message) => Told,
    record?: (message: Message, seconds: Seconds) => void,
  ): (() => void) => followed(channel, tracer, running, told, record)

  const undo = [
    follow(cacheChannel, cacheCall, recorded?.cacheCall),
    follow(computeChannel, computation, recorded?.computation),
    follow(pageChannel, page, recorded?.page),
    follow(fragmentChannel, fragment, recorded?.fragment),
    follow(commandChannel, command, recorded?.command),
    follow(connectChannel, connect),
  ]
  return () => {
    for (const stop of undo) stop()
    // Until then Node 20 carries it along with every promise of the process.
    running.disable()
  }
}

function cacheCall({ alias, operation, keyCount }: CacheContext): Told {
  const attributes = { ...cacheAttributes(operation), 'db.namespace': alias }
  const batch = keyCount > 1 ? { 'db.operation.batch.size': keyCount } : {}
  return { name: `${operation} ${alias}`, attributes: { ...attributes, ...batch } }
}

function computation({ alias }: ComputeContext): Told {
  return { name: `compute ${alias}`, attributes: { 'db.namespace': alias } }
}

function page({ alias, method, name }: PageContext): Told {
  const named = name === undefined ? {} : { 'reprise.page.name': name }
  return {
    name: `page ${name ?? alias}`,
    attributes: { 'db.namespace': alias, 'http.request.method': method, ...named },
  }
}

function fragment({ alias, name }: FragmentContext): Told {
  return {
    name: `fragment ${name}`,
    attributes: { 'db.namespace': alias, 'reprise.fragment.name': name },
  }
}

function command({ operation, server, count }: CommandContext): Told {
  const batch = count > 1 ? { 'db.operation.batch.size': count } : {}
  return {
    name: `${operation} ${server}`,
    kind: SpanKind.CLIENT,
    attributes: {
      'db.system.name': 'memcached',
      'db.operation.name': operation,
      ...addressAttributes(server),
      ...batch,
    },
  }
}

function connect({ server }: ConnectContext): Told {
  return {
    name: `connect ${server}`,
    kind: SpanKind.CLIENT,
    attributes: { 'db.system.name': 'memcached', ...addressAttributes(server) },
  }
}

/** What a context says once its call has ended. */
interface Ended {
  readonly error?: unknown
  readonly hits?: number
  readonly stale?: number
  readonly misses?: number
  readonly result?: string
  readonly reason?: string
}

function followed<Message extends object>(
  channel: TracingChannel<unknown, Message>,
  tracer: Tracer | undefined,
  running: AsyncLocalStorage<Running>,
  told: (message: Message) => Told,
  record: ((message: Message, seconds: Seconds) => void) | undefined,
): () => void {
  const begun = new WeakMap<object, { readonly at: number; readonly span: Span | undefined }>()
  // A store that is bound to `start` is what everything below the call sees.
  const begin = (message: Message): Running => {
    const outer = active.active()
    const store = running.getStore()
    // A span of the application that began inside of ours is nearer than ours.
    const parent = store !== undefined && store.outer === outer ? store.context : outer
    const at = systemClock.monotonic()
    if (tracer === undefined) {
      begun.set(message, { at, span: undefined })
      return { context: parent, outer }
    }
    const { name, kind = SpanKind.INTERNAL, attributes } = told(message)
    const span = tracer.startSpan(name, { kind, attributes }, parent)
    begun.set(message, { at, span })
    return { context: trace.setSpan(parent, span), outer }
  }
  const end = (message: object): void => {
    const known = begun.get(message)
    if (known === undefined) return
    begun.delete(message)
    record?.(message as Message, (systemClock.monotonic() - known.at) / 1000)
    if (known.span !== undefined) finish(known.span, message as Ended)
  }
  channel.start.bindStore(running, begin as never)
  channel.asyncEnd.subscribe(end as never)
  return () => {
    channel.start.unbindStore(running)
    channel.asyncEnd.unsubscribe(end as never)
  }
}

function finish(span: Span, { error, result, reason, ...call }: Ended): void {
  const { hits = 0, stale = 0, misses = 0 } = call
  // Of a call for many keys it would be neither.
  if (hits + stale + misses === 1) span.setAttribute('cache.hit', misses === 0)
  if (result !== undefined) span.setAttribute('reprise.result', result)
  if (reason !== undefined) span.setAttribute('reprise.reason', reason)
  if (error !== undefined) {
    span.setAttribute('error.type', errorType(error))
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
}

interface Recorders {
  readonly cacheCall: (message: CacheContext, seconds: Seconds) => void
  readonly computation: (message: ComputeContext, seconds: Seconds) => void
  readonly page: (message: PageContext, seconds: Seconds) => void
  readonly fragment: (message: FragmentContext, seconds: Seconds) => void
  readonly command: (message: CommandContext, seconds: Seconds) => void
}

function recorders(meter: Meter): Recorders {
  const durations: Histogram = meter.createHistogram('db.client.operation.duration', {
    unit: 's',
    description: 'Commands to Memcached servers, or batches of the same command.',
  })
  const requests: Counter = meter.createCounter('reprise.cache.requests', {
    unit: '{key}',
    description: 'Keys that were asked for or written, by what became of them.',
  })
  const computed: Histogram = meter.createHistogram('reprise.compute.duration', { unit: 's' })
  const pages: Counter = meter.createCounter('reprise.page.requests', { unit: '{request}' })
  const fragments: Counter = meter.createCounter('reprise.fragment.requests', {
    unit: '{fragment}',
  })
  return {
    cacheCall({ alias, operation, hits, stale, misses, stored, refused }) {
      const counted = { hit: hits, stale, miss: misses, stored, refused }
      for (const [result, count = 0] of Object.entries(counted)) {
        if (count === 0) continue
        requests.add(count, { 'cache.name': alias, 'cache.operation': operation, result })
      }
    },
    computation({ alias, error }, seconds) {
      computed.record(seconds, { 'cache.name': alias, ...failed(error) })
    },
    page({ alias, name, result = '', reason = '' }) {
      const named = name === undefined ? {} : { page: name }
      pages.add(1, { 'cache.name': alias, ...named, result, reason })
    },
    fragment({ alias, name, result = '' }) {
      fragments.add(1, { 'cache.name': alias, fragment: name, result })
    },
    command({ operation, server, error }, seconds) {
      durations.record(seconds, {
        'db.system.name': 'memcached',
        'db.operation.name': operation,
        ...addressAttributes(server),
        ...failed(error),
      })
    },
  }
}

function failed(error: unknown): Attributes {
  return error === undefined ? {} : { 'error.type': errorType(error) }
}
