import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/index.ts'
import { instrument } from '../../../src/telemetry/opentelemetry.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

let server: MemcachedServer
let caches: ReturnType<typeof createCaches>
let stop: () => void
const spans = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)

beforeEach(async () => {
  server = await startMemcached()
  caches = createCaches({ default: { backend: 'memcached', location: `127.0.0.1:${server.port}` } })
  // Connected before anything is told, so that the spans are those of the calls alone.
  await caches.get('default').get('first')
  spans.reset()
})

afterEach(async () => {
  stop()
  await caches.close()
  await server[Symbol.asyncDispose]()
})

describe('spans', () => {
  it('are those of the call, its computation and its commands, each below the one that made it', async () => {
    stop = instrument({ tracer: provider.getTracer('test'), metrics: false })
    await caches.get('default').getOrSet('k', async () => 'text', { ttl: 60 })

    const made = spans.getFinishedSpans()
    const call = made.find(({ name }) => name === 'getOrSet default')
    const computed = made.find(({ name }) => name === 'compute default')
    const commands = made.filter(({ kind }) => kind === SpanKind.CLIENT)
    expect(call?.attributes).toMatchObject({
      'db.namespace': 'default',
      'db.operation.name': 'getOrSet',
      'cache.operation': 'get',
    })
    expect(computed?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId)
    expect(commands.length).toBeGreaterThanOrEqual(2)
    for (const command of commands) {
      expect(command.attributes).toMatchObject({
        'db.system.name': 'memcached',
        'server.address': '127.0.0.1',
        'server.port': server.port,
      })
      expect(command.spanContext().traceId).toBe(call?.spanContext().traceId)
    }
    expect(
      JSON.stringify(made.map(({ name, attributes }) => ({ name, attributes }))),
    ).not.toContain('text')
  })

  it('say whether a key was found', async () => {
    await caches.get('default').set('k', 1)
    stop = instrument({ tracer: provider.getTracer('test'), metrics: false })
    await caches.get('default').get('k')
    await caches.get('default').get('missing')

    const found = spans
      .getFinishedSpans()
      .filter(({ name }) => name === 'get default')
      .map(({ attributes }) => attributes['cache.hit'])
    expect(found).toEqual([true, false])
  })

  it('tell the code of an error, not its text', async () => {
    stop = instrument({ tracer: provider.getTracer('test'), metrics: false })
    await caches
      .get('default')
      .getOrSet('k', () => Promise.reject(new TypeError('secret')))
      .catch(() => {})

    const computed = spans.getFinishedSpans().find(({ name }) => name === 'compute default')
    expect(computed?.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(computed?.attributes['error.type']).toBe('TypeError')
  })

  it('end with the subscription', async () => {
    stop = instrument({ tracer: provider.getTracer('test'), metrics: false })
    stop()
    await caches.get('default').get('k')

    expect(spans.getFinishedSpans()).toEqual([])
  })
})

describe('metrics', () => {
  it('count keys by result, and time commands', async () => {
    const reader = new PeriodicExportingMetricReader({
      exporter: exported,
      exportIntervalMillis: 1e9,
    })
    const meters = new MeterProvider({ readers: [reader] })
    await caches.get('default').set('a', 1)
    stop = instrument({ meter: meters.getMeter('test'), spans: false })
    await caches.get('default').getMany(['a', 'b', 'c'])
    await caches.get('default').get('a')
    await reader.forceFlush()

    const [scope] = exported.getMetrics().at(-1)?.scopeMetrics ?? []
    const points = (name: string) =>
      scope?.metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
    const counted = points('reprise.cache.requests').map(({ attributes, value }) => [
      attributes['cache.operation'],
      attributes.result,
      value,
    ])
    expect(counted).toEqual([
      ['getMany', 'hit', 1],
      ['getMany', 'miss', 2],
      ['get', 'hit', 1],
    ])
    expect(points('db.client.operation.duration').length).toBeGreaterThanOrEqual(1)
    await meters.shutdown()
  })

  it('refuse an option that there is not', () => {
    stop = () => {}
    expect(() => instrument({ span: true } as never)).toThrow('span')
    expect(() => instrument({ spans: 'yes' as never })).toThrow('`spans` is "yes"')
  })
})
