/**
 * Every `node:diagnostics_channel` this package publishes on. Metrics, traces, logs and the dashboard
 * subscribe; nobody passes a logger down. Without subscribers nothing is built and nothing is called.
 *
 * Keys are part of `reprise:key` only, and of `reprise:action` where the dashboard's `auditKeys` says
 * so: they may be personal data.
 *
 * @module
 */

import {
  type Channel,
  channel,
  type TracingChannel,
  tracingChannel,
} from 'node:diagnostics_channel'
import { CacheError } from './errors.ts'
import type { Milliseconds } from './units.ts'

/** `reprise:command`: one command, or one batch of the same command, to one Memcached server. */
export interface CommandContext {
  readonly operation: string
  readonly server: string
  /** Commands in the batch. */
  readonly count: number
  error?: unknown
}

/** `reprise:connect`: one attempt to open a connection. */
export interface ConnectContext {
  readonly server: string
  error?: unknown
}

/** `reprise:cache`: one call of the low-level API. `result` is set before it ends. */
export interface CacheContext {
  readonly alias: string
  /** The method's name: `get`, `getMany`, `set`, `getOrSet`, … */
  readonly operation: string
  readonly keyCount: number
  /** Of reads: how many keys were found fresh, found stale, or missing. */
  hits?: number
  stale?: number
  misses?: number
  /** Of writes: how many keys were stored or changed, and how many were refused. */
  stored?: number
  refused?: number
  error?: unknown
}

/** `reprise:compute`: one run of a caller's computation. */
export interface ComputeContext {
  readonly alias: string
  error?: unknown
}

/** `reprise:page`: one request that the page cache looked at. `result` is set before it ends. */
export interface PageContext {
  readonly alias: string
  readonly method: string
  /** The `name` of the page's options, such as its route. Never an address. */
  readonly name?: string
  /** How long the handler took, where it ran. */
  renderMs?: Milliseconds
  result?: 'hit' | 'revalidated' | 'stale' | 'stored' | 'not-stored' | 'bypass'
  /** Why it was not answered from the cache or not stored; one word or two, as in `Cache-Status`. */
  reason?: string
  error?: unknown
}

/** `reprise:fragment`: one cached fragment in one rendering. */
export interface FragmentContext {
  readonly alias: string
  readonly name: string
  /** How long its body took, where it ran. */
  renderMs?: Milliseconds
  result?: 'hit' | 'stale' | 'stored' | 'not-stored'
  error?: unknown
}

/** `reprise:server`: a server changed its state, or the client its servers. */
export interface ServerMessage {
  readonly server: string
  /** `'gutter'`: it is out, and the gutter takes its keys until it is `'up'`. */
  readonly state: 'up' | 'down' | 'probing' | 'added' | 'removed' | 'gutter'
  readonly error?: unknown
}

/** `reprise:error`: a failure that the caller may not see, such as an outage shown as a miss. */
export interface ErrorMessage {
  readonly error: unknown
  /** What was being done: a method's name, or `page`, `fragment`, `refresh`, `replay`, `discovery`, `decode`. */
  readonly operation: string
  readonly alias?: string
  readonly server?: string
}

/** `reprise:action`: somebody changed something by hand, or was not allowed to. */
export interface ActionMessage {
  readonly actor: string
  /** Such as `delete-key` or `flush-server`. */
  readonly action: string
  readonly target: 'alias' | 'tags' | 'key' | 'prefix' | 'server'
  readonly alias?: string
  readonly server?: string
  /** Only where it was asked for. */
  readonly key?: string
  readonly result: 'done' | 'failed' | 'refused'
  readonly error?: unknown
}

/** `reprise:key`: an alias was asked for a key. Only for who subscribes, such as a hunt for hot keys. */
export interface KeyMessage {
  readonly alias: string
  /** The whole key, with prefix and version. */
  readonly key: string
}

export const commandChannel: TracingChannel<unknown, CommandContext> =
  tracingChannel('reprise:command')
export const connectChannel: TracingChannel<unknown, ConnectContext> =
  tracingChannel('reprise:connect')
export const cacheChannel: TracingChannel<unknown, CacheContext> = tracingChannel('reprise:cache')
export const computeChannel: TracingChannel<unknown, ComputeContext> =
  tracingChannel('reprise:compute')
export const pageChannel: TracingChannel<unknown, PageContext> = tracingChannel('reprise:page')
export const fragmentChannel: TracingChannel<unknown, FragmentContext> =
  tracingChannel('reprise:fragment')

const serverChannel: Channel = channel('reprise:server')
const errorChannel: Channel = channel('reprise:error')
const actionChannel: Channel = channel('reprise:action')
const keyChannel: Channel = channel('reprise:key')

export function publishServer(message: ServerMessage): void {
  if (serverChannel.hasSubscribers) serverChannel.publish(message)
}

export function publishAction(message: ActionMessage): void {
  if (actionChannel.hasSubscribers) actionChannel.publish(message)
}

/** Asked for every key, so no message is made unless somebody listens. */
export function publishKey(alias: string, key: string): void {
  if (keyChannel.hasSubscribers) keyChannel.publish({ alias, key } satisfies KeyMessage)
}

export function publishError(message: ErrorMessage): void {
  if (errorChannel.hasSubscribers) errorChannel.publish(message)
}

/** Publishes an outage that a client's caller sees as a miss. */
export function publishOutage(error: CacheError, operation: string): void {
  if (errorChannel.hasSubscribers) errorChannel.publish(outageMessage(error, operation))
  warnOnce(error)
}

function outageMessage(error: CacheError, operation: string): ErrorMessage {
  const { server } = error
  return server === undefined ? { error, operation } : { error, operation, server }
}

const warnedOf = new Set<string>()

/** A server that is not there would otherwise be a cache that silently never hits. */
export function warnOnce(error: unknown): void {
  if (!CacheError.is(error) || error.code !== 'ERR_CONNECTION') return
  const { server, message } = error
  if (server === undefined || warnedOf.has(server)) return
  warnedOf.add(server)
  process.emitWarning(
    `${message} Its keys are misses until it answers. Said once per server: subscribe to the channel reprise:error for each failure.`,
    { type: 'RepriseWarning', code: 'REPRISE_SERVER_DOWN' },
  )
}

/**
 * Runs `run` inside `tracing`, where somebody listens; else just runs it.
 *
 * `makeContext` is not called without subscribers: `tracePromise` costs about 0.1 µs even then.
 */
export function traced<Context extends object, T>(
  tracing: TracingChannel<unknown, Context>,
  makeContext: () => Context,
  run: (context: Context | undefined) => Promise<T>,
): Promise<T> {
  if (!tracing.hasSubscribers) return run(undefined)
  const context = makeContext()
  let value: T
  // `tracePromise` sets `context.result` to what its promise gives: that would put cached values
  // before every subscriber, and in the place of a `result` that `run` has set.
  const told = tracing.tracePromise(async () => {
    value = await run(context)
    return (context as { result?: unknown }).result
  }, context)
  return told.then(() => value)
}
