import { publishError } from '../../channels.ts'
import type { Clock } from '../../clock.ts'
import { CacheError } from '../../errors.ts'
import { hostAddress, type ServerAddress } from '../../net/address.ts'
import { backoffMs } from '../../net/backoff.ts'
import { askCluster } from '../../net/cluster.ts'
import type { DialOptions } from '../../net/dial.ts'
import { PatientTimer } from '../../net/patient-timer.ts'
import type { Milliseconds } from '../../units.ts'
import { discoverDns } from './discovery-dns.ts'
import type { ResolvedDiscovery } from './discovery-options.ts'

/** What discovery needs of a client's options. */
export interface DiscoverySettings extends DialOptions {
  readonly connectTimeoutMs: Milliseconds
  readonly clock: Clock
  readonly random: () => number
}

// Between the starts of two looks, whatever fails meanwhile: a fleet that sees the same server die
// must not be what its resolver dies of.
const GAP: Milliseconds = 5000
// Over so long a fleet spreads its looks after a server has failed.
const SPREAD: Milliseconds = 500

/**
 * Learns the servers of a client: with the first command, then again and again, and soon after one
 * of them fails. What it cannot learn changes nothing, and is told on `reprise:error`.
 */
export class Discovery {
  readonly #source: ResolvedDiscovery
  readonly #settings: DiscoverySettings
  readonly #found: (servers: readonly ServerAddress[]) => void
  readonly #closing = new AbortController()
  #wake = new AbortController()
  #known = false
  #look: Promise<void> | undefined
  #lookedAt: Milliseconds = 0
  #dueAt: Milliseconds = 0
  #failures = 0
  #lastError: CacheError | undefined
  /** Of the cluster's configuration: an older one may still come from a node that is behind. */
  #version = -1

  /** Nothing happens before {@link Discovery.ready}. `found` gets every list that is learnt. */
  constructor(
    source: ResolvedDiscovery,
    settings: DiscoverySettings,
    found: (servers: readonly ServerAddress[]) => void,
  ) {
    this.#source = source
    this.#settings = settings
    this.#found = found
  }

  /**
   * Resolves once servers are known. Rejects where a look fails, after `connectTimeoutMs` at the
   * latest, and at once for a moment after that.
   */
  ready(): Promise<void> {
    if (this.#known) return Promise.resolve()
    if (this.#closing.signal.aborted) return Promise.reject(this.#closing.signal.reason)
    if (this.#look === undefined && this.#lastError !== undefined) {
      if (this.#settings.clock.monotonic() < this.#dueAt) return Promise.reject(this.#lastError)
    }
    return this.#lookOnce()
  }

  /** A server has failed: it may have been replaced. */
  hurry(): void {
    if (!this.#known) return
    const { clock, random } = this.#settings
    const soon = clock.monotonic() + random() * SPREAD
    const at = Math.max(soon, this.#lookedAt + GAP)
    if (at >= this.#dueAt) return
    this.#dueAt = at
    this.#wake.abort()
  }

  close(): void {
    this.#closing.abort(new CacheError('ERR_CLOSED', 'The client is closed.'))
    this.#wake.abort()
  }

  async #repeat(): Promise<void> {
    for (;;) {
      await this.#pause()
      if (this.#closing.signal.aborted) return
      // It is told on the channel; the servers stay as they are.
      await this.#lookOnce().catch(() => {})
    }
  }

  /** Until it is due, which may become earlier meanwhile. */
  async #pause(): Promise<void> {
    const { clock } = this.#settings
    for (;;) {
      const left = this.#dueAt - clock.monotonic()
      if (left <= 0 || this.#closing.signal.aborted) return
      this.#wake = new AbortController()
      const { signal } = this.#wake
      const woken = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await Promise.race([woken, clock.sleep(left, { signal }).catch(() => {})])
    }
  }

  #lookOnce(): Promise<void> {
    this.#look ??= this.#lookNow().finally(() => {
      this.#look = undefined
    })
    return this.#look
  }

  async #lookNow(): Promise<void> {
    const { clock, random } = this.#settings
    this.#lookedAt = clock.monotonic()
    try {
      const servers = await this.#within((signal) => this.#ask(signal))
      this.#closing.signal.throwIfAborted()
      if (servers !== undefined) this.#found(servers)
      this.#failures = 0
      this.#lastError = undefined
      this.#dueAt = this.#lookedAt + this.#source.intervalMs * (0.9 + 0.2 * random())
      if (this.#known) return
      this.#known = true
      void this.#repeat()
    } catch (cause) {
      this.#closing.signal.throwIfAborted()
      this.#failures++
      const pause = this.#known ? this.#retryMs() : backoffMs(this.#failures, random())
      this.#dueAt = clock.monotonic() + pause
      this.#lastError = this.#failure(cause)
      publishError({ error: this.#lastError, operation: 'discovery' })
      throw this.#lastError
    }
  }

  #retryMs(): Milliseconds {
    const reach = Math.min(this.#source.intervalMs, GAP * 2 ** (this.#failures - 1))
    return reach * (0.5 + 0.5 * this.#settings.random())
  }

  /** `undefined`: there is nothing new. */
  async #ask(signal: AbortSignal): Promise<readonly ServerAddress[] | undefined> {
    if (this.#source.kind === 'dns') {
      const { resolver } = this.#source
      // A question that nobody waits for any more would keep the process alive.
      signal.addEventListener('abort', () => resolver.cancel?.(), { once: true })
      return listed(await discoverDns(this.#source))
    }
    const { version, nodes } = await askCluster(this.#source.endpoint, this.#settings, signal)
    if (version <= this.#version) return undefined
    const servers = listed(nodes.map(({ host, port }) => hostAddress(host, port)))
    this.#version = version
    return servers
  }

  async #within<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController()
    const { connectTimeoutMs } = this.#settings
    let timer: PatientTimer | undefined
    const ended = new Promise<never>((_, reject) => {
      const end = (reason: unknown): void => {
        limit.abort(reason)
        reject(reason)
      }
      const { signal } = this.#closing
      signal.addEventListener('abort', () => end(signal.reason), {
        once: true,
        signal: limit.signal,
      })
      timer = new PatientTimer(connectTimeoutMs, () => {
        end(new CacheError('ERR_TIMEOUT', `There was no answer within ${connectTimeoutMs} ms.`))
      })
    })
    try {
      return await Promise.race([run(limit.signal), ended])
    } finally {
      timer?.stop()
      limit.abort()
    }
  }

  #failure(cause: unknown): CacheError {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `The servers of ${this.#source.shown} were not discovered: ${why}`
    return new CacheError('ERR_CONNECTION', message, { cause })
  }
}

/** In an order that does not change with the resolver's mood, each once. */
function listed(servers: readonly ServerAddress[]): readonly ServerAddress[] {
  if (servers.length === 0) throw new Error('the answer names no server.')
  const byName = new Map(servers.map((server) => [server.name, server]))
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
