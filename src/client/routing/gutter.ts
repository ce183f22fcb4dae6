import { commandChannel, publishServer, traced } from '../../channels.ts'
import { type Clock, systemClock } from '../../clock.ts'
import { CacheError, type CacheErrorCode, isOutage } from '../../errors.ts'
import type { Command, MetaCommand } from '../../protocol/command.ts'
import type { WireKey } from '../../protocol/key.ts'
import { limitTtl } from '../../protocol/limit-ttl.ts'
import type { Milliseconds, Seconds } from '../../units.ts'
import type { Item } from '../commands/item.ts'
import type { ResolvedMemcachedOptions } from '../options.ts'
import { type Awaited, Batch, type Found } from './batch.ts'
import type { ResolvedGutter } from './gutter-options.ts'
import type { Patience } from './patience.ts'
import type { Resort } from './pending-call.ts'
import type { Call } from './router.ts'
import type { Server } from './server.ts'
import { ServerSet } from './servers.ts'

/** A call of which it is known where it goes. */
export interface RoutedCall<T> {
  readonly call: Call<T>
  readonly command: Command
  readonly key: WireKey
  readonly routeKey: string
  readonly server: Server
  readonly patience: Patience | undefined
}

/** What the gutter was used for last, of one server. */
interface Use {
  /** Until then what was stored for it may still be there. */
  readonly until: Milliseconds
  /** How often the server had come up by then: tells one outage from the next. */
  readonly openings: number
}

// What says that the server is out. A full queue is this process's own, and an error line is an
// answer.
const OUT: ReadonlySet<CacheErrorCode> = new Set<CacheErrorCode>([
  'ERR_CONNECTION',
  'ERR_PROTOCOL',
  'ERR_TIMEOUT',
])

const NONE: readonly Awaited[] = []

// The server counts in ticks of whole seconds.
const TICK: Seconds = 1

/**
 * The servers that take the keys of one that is out, for a short time.
 *
 * What depends on what the key's own server holds stays there and fails: counting, adding bytes,
 * `add`, and a compare with a version that another than the gutter gave.
 *
 * What is left in the gutter when the server is back may be older than what is written there then. So
 * a key that this process writes is deleted in the gutter too, as long as anything can be left.
 */
export class Gutter {
  readonly #set: ServerSet
  readonly #ttl: Seconds
  readonly #timeoutMs: Milliseconds
  readonly #clock: Clock
  readonly #uses = new WeakMap<Server, Use>()

  constructor(options: ResolvedMemcachedOptions, { servers, ttl }: ResolvedGutter) {
    this.#set = new ServerSet({ ...options, servers }, () => {})
    this.#ttl = ttl
    this.#timeoutMs = options.timeoutMs
    this.#clock = options.clock
  }

  /** Sends a call to its server, and to the gutter once the server fails it. */
  send<T>(routed: RoutedCall<T>): Promise<T> {
    const { call, command, key, routeKey, server, patience } = routed
    const startedAt = systemClock.monotonic()
    let isRefused = false
    let second: Promise<T> | undefined
    const resort: Resort<T> = {
      // In the same turn as the failure: what the caller sends next must come behind it.
      meet: (_, error) => {
        isRefused = true
        if (isOut(error)) second = this.#divert(routed, error, startedAt)
        return false
      },
    }
    const doubtful = call.replayed ? key : undefined
    const first = traced(
      commandChannel,
      () => ({ operation: call.operation, server: server.name, count: 1 }),
      () => server.run(command, routeKey, call.read, doubtful, patience, resort),
    )
    const mayHaveRun = !isRefused || call.replayed
    if (second === undefined && mayHaveRun && changes(call, command)) {
      this.discard(server, key, routeKey)
    }
    return first.catch((error: unknown) => {
      if (second === undefined) throw error
      return second.catch((other: unknown) => {
        throw call.signal?.aborted ? other : graver(error, other)
      })
    })
  }

  /** Reads what `server` failed to give. Returns what the gutter fails to give as well. */
  async read(
    operation: string,
    server: Server,
    lost: readonly Awaited[],
    error: unknown,
    found: Found,
  ): Promise<readonly Awaited[]> {
    if (!isOut(error) || lost.length === 0) return lost
    this.#use(server, error, this.#timeoutMs)
    const batches = new Map<Server, Batch>()
    const wanted = new Set<Item | undefined>(lost)
    for (const [key, item] of found) {
      if (item === undefined || !wanted.has(item)) continue
      const spare = this.#set.of(key)
      const batch = batches.get(spare) ?? new Batch(spare)
      batches.set(spare, batch)
      batch.add(key, item)
    }
    const still = Array.from(batches, ([spare, batch]) =>
      traced(
        commandChannel,
        () => ({ operation, server: spare.name, count: batch.size }),
        () => batch.send(),
      ).then(
        () => NONE,
        () => batch.lost,
      ),
    )
    return (await Promise.all(still)).flat()
  }

  /** Deletes a key that is written to its server, where the gutter may still have it. */
  discard(server: Server, key: WireKey, routeKey: string): void {
    const use = this.#uses.get(server)
    if (use === undefined) return
    if (this.#clock.monotonic() < use.until) void this.#set.of(routeKey).discard(key, routeKey)
    else this.#uses.delete(server)
  }

  async close(): Promise<void> {
    await this.#set.close()
  }

  /** `undefined`: it must not, or there is no time left. */
  #divert<T>(
    { call, command, key, routeKey, server, patience }: RoutedCall<T>,
    error: CacheError,
    startedAt: Milliseconds,
  ): Promise<T> | undefined {
    const left = patience && patienceLeft(patience, systemClock.monotonic() - startedAt)
    const spare = this.#set.of(routeKey)
    if ((patience !== undefined && left === undefined) || !('key' in command)) return undefined
    if (!mayDivert(call, command, spare)) return undefined
    this.#use(server, error, left?.timeoutMs ?? this.#timeoutMs)
    // The fill of a lease that the gutter gave: the server may hold what it is to replace.
    if (command.verb === 'ms' && !call.replayed) server.owe(key, routeKey)
    const doubtful = call.replayed ? key : undefined
    return traced(
      commandChannel,
      () => ({ operation: call.operation, server: spare.name, count: 1 }),
      () => spare.run(limitTtl(command, this.#ttl), routeKey, call.read, doubtful, left),
    )
  }

  #use(server: Server, error: CacheError, timeoutMs: Milliseconds): void {
    const { openings } = server
    const isNews = this.#uses.get(server)?.openings !== openings
    const keepMs = timeoutMs + (this.#ttl + TICK) * 1000
    this.#uses.set(server, { until: this.#clock.monotonic() + keepMs, openings })
    if (!isNews) return
    // After `down`, which is told once all that was in flight has failed.
    queueMicrotask(() => publishServer({ server: server.name, state: 'gutter', error }))
  }
}

function isOut(error: unknown): error is CacheError {
  return CacheError.is(error) && OUT.has(error.code)
}

function mayDivert<T>(call: Call<T>, command: MetaCommand, spare: Server): boolean {
  if (command.verb === 'mg') return true
  if (command.verb === 'ma') return false
  return command.compareCas === undefined ? call.replayed : spare.holds(command.compareCas)
}

/** Whether what is under the key may be another after it. */
function changes<T>(call: Call<T>, command: Command): boolean {
  return call.replayed || ('key' in command && command.verb !== 'mg')
}

/** What a caller has left of its own time limit; `undefined`: nothing. */
function patienceLeft(
  { signal, timeoutMs }: Patience,
  spentMs: Milliseconds,
): Patience | undefined {
  if (timeoutMs === undefined) return { signal }
  const leftMs = timeoutMs - spentMs
  return leftMs < 1 ? undefined : { signal, timeoutMs: leftMs }
}

/** Which failure the caller is told: the server's, unless the gutter's is graver. */
function graver(first: unknown, second: unknown): unknown {
  return !isOutage(second) || second.applied === 'unknown' ? second : first
}
