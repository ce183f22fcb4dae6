import type { TracingChannel } from 'node:diagnostics_channel'
import type { Clock } from '../clock.ts'
import type { Seconds } from '../units.ts'

/**
 * Tells of everything that ends on a tracing channel, and how long it took. Returns what unsubscribes.
 *
 * What ends is told at `asyncEnd`: at `end`, a promise is only made. A rejection has its reason in
 * the context's `error` by then.
 */
export function onEnd<Context extends object>(
  tracing: TracingChannel<unknown, Context>,
  clock: Clock,
  told: (context: Context, seconds: Seconds) => void,
): () => void {
  const begun = new WeakMap<object, number>()
  const subscribers = {
    start: (context: object): void => void begun.set(context, clock.monotonic()),
    asyncEnd: (context: object): void => {
      const startedAt = begun.get(context)
      if (startedAt === undefined) return
      told(context as Context, (clock.monotonic() - startedAt) / 1000)
    },
  }
  tracing.start.subscribe(subscribers.start as never)
  tracing.asyncEnd.subscribe(subscribers.asyncEnd as never)
  return () => {
    tracing.start.unsubscribe(subscribers.start as never)
    tracing.asyncEnd.unsubscribe(subscribers.asyncEnd as never)
  }
}

/** The code of a `CacheError`, or what kind of error it is: never its text, which may hold a key. */
export function errorType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'other'
  const { code, name } = error as { code?: unknown; name?: unknown }
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)) return code
  return typeof name === 'string' && /^\w{1,60}$/.test(name) ? name : 'other'
}
