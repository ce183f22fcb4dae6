import { tracingChannel } from 'node:diagnostics_channel'

/** Who listens while a turn is measured; each gives what ends it. */
export const follow = {
  nothing() {
    const channel = tracingChannel('reprise:cache')
    const heard = { start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error() {} }
    channel.subscribe(heard)
    return () => channel.unsubscribe(heard)
  },

  async prometheus(caches) {
    const { prometheusMetrics } = await import('reprise/telemetry')
    const metrics = prometheusMetrics(caches)
    return () => metrics.close()
  },

  async openTelemetry() {
    const { instrument } = await import('reprise/opentelemetry')
    const { BasicTracerProvider } = await import('@opentelemetry/sdk-trace-base')
    const { MeterProvider } = await import('@opentelemetry/sdk-metrics')
    tracer ??= new BasicTracerProvider().getTracer('bench')
    meter ??= new MeterProvider().getMeter('bench')
    return instrument({ tracer, meter })
  },
}

let tracer
let meter
