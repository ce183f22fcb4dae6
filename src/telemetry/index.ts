/**
 * What the channels tell, for those who watch: figures for Prometheus, and `Server-Timing` for
 * browsers. OpenTelemetry is `reprise/opentelemetry`.
 *
 * @module
 */

export {
  PROMETHEUS_DEFAULTS,
  type PrometheusMetrics,
  type PrometheusOptions,
  prometheusMetrics,
} from './prometheus.ts'
export { type ServerTimingOptions, serverTiming } from './server-timing.ts'
