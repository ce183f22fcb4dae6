import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { CutKind, Fault, ProxyCounts } from './fault.ts'
import { ProxiedConnection } from './proxied-connection.ts'
import { seededRandom } from './seeded-random.ts'

export interface FaultProxyOptions {
  /** Where the real server listens. */
  readonly target: { readonly port: number; readonly host?: string } | { readonly path: string }
  /** Where the proxy listens. Default: a free port. */
  readonly port?: number
  /** The loopback address it listens on, such as `127.0.0.2`. Default: `127.0.0.1`. */
  readonly host?: string
  /** Of everything that is random. Print it, and a failing run can be repeated. Default: 1. */
  readonly seed?: number
}

/**
 * A TCP proxy between a client and a real Memcached server that does to the network what networks
 * do: for tests of what an application shows then. It has no dependencies, works with every
 * Memcached client, and does the same again for the same seed and the same traffic.
 *
 * One fault is in force at a time, from `set` to the next `set`, for open connections too; the
 * faults are described at {@link Fault}.
 *
 * @example
 * ```ts
 * import { MemcachedClient } from 'reprise/memcached'
 * import { FaultProxy } from 'reprise/testing'
 *
 * await using proxy = await FaultProxy.start({ target: { port: 11211 } })
 * const servers = `127.0.0.1:${proxy.port}`
 * await using client = new MemcachedClient({ servers, onFailure: 'throw' })
 * await proxy.set({ kind: 'hang' })
 * await client.get('k').catch((error) => console.log(error.code)) // ERR_TIMEOUT
 *
 * // One connection in ten is slow, by 50 to 150 ms.
 * await proxy.set({ kind: 'latency', ms: 50, jitterMs: 100, toxicity: 0.1 })
 * // The next reply comes by half, then a reset; afterwards all is well.
 * await proxy.set({ kind: 'half-reply', by: 'rst', times: 1 })
 * console.log(proxy.counts.connections) // accepted so far: did a storm of reconnects follow?
 * ```
 */
export class FaultProxy implements AsyncDisposable {
  readonly #target: FaultProxyOptions['target']
  readonly #random: () => number
  readonly #host: string
  readonly #connections = new Set<ProxiedConnection>()
  #server: Server
  #port: number
  #fault: Fault = { kind: 'pass' }
  #changed: Promise<void> = Promise.resolve()
  #announceChange: () => void = () => {}
  #left = Infinity
  #counts = noCounts()

  /** Listens once this resolves. */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options)
    await proxy.#listen()
    return proxy
  }

  /** Use {@link FaultProxy.start}. */
  private constructor(options: FaultProxyOptions) {
    this.#target = options.target
    this.#random = seededRandom(options.seed ?? 1)
    this.#port = options.port ?? 0
    this.#host = options.host ?? '127.0.0.1'
    this.#server = createServer()
  }

  /** The same until the proxy is closed. */
  get port(): number {
    return this.#port
  }

  /** Live: it goes on counting. */
  get counts(): Readonly<ProxyCounts> {
    return this.#counts
  }

  /** How many connections are open. */
  get open(): number {
    return this.#connections.size
  }

  /** How many commands with this first word came so far. */
  commands(verb: string): number {
    return this.#counts.commands.get(verb) ?? 0
  }

  /** Counts from zero again. */
  resetCounts(): void {
    this.#counts = noCounts()
  }

  /** From now on does this, to open connections too. Resolves once it does. */
  async set(fault: Fault): Promise<void> {
    const refused = this.#fault.kind === 'refuse'
    this.#fault = fault
    this.#left = allowanceOf(fault)
    this.#announceChange()
    this.#changed = new Promise((resolve) => {
      this.#announceChange = resolve
    })
    if (fault.kind === 'accept-close') {
      for (const connection of this.#connections) if (this.#strikes(fault)) connection.cut('rst')
    }
    if (fault.kind === 'refuse' && !refused) await this.#stopListening()
    if (fault.kind !== 'refuse' && refused) await this.#listen()
  }

  /** Ends all open connections, once. */
  cut(kind: CutKind = 'rst'): void {
    for (const connection of this.#connections) connection.cut(kind)
  }

  /** Ends all connections and listens no more. */
  async close(): Promise<void> {
    this.#fault = { kind: 'pass' }
    this.#announceChange()
    if (this.#server.listening) await this.#stopListening()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #listen(): Promise<void> {
    this.#server = createServer((socket) => this.#accept(socket))
    this.#server.listen(this.#port, this.#host)
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
  }

  async #stopListening(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut('rst')
    await closed
  }

  #strikes({ toxicity = 1 }: { readonly toxicity?: number }): boolean {
    return this.#random() < toxicity
  }

  #accept(client: Socket): void {
    this.#counts.connections++
    const fault = this.#fault
    if (fault.kind === 'accept-close' && this.#strikes(fault)) {
      client.on('error', () => {})
      client.destroy()
      return
    }
    const upstream = connect({ host: '127.0.0.1', ...this.#target })
    const connection = new ProxiedConnection(client, upstream, {
      random: this.#random,
      counts: () => this.#counts,
      fault: () => this.#fault,
      changed: () => this.#changed,
      spend: (amount) => {
        const granted = Math.min(amount, this.#left)
        this.#left -= granted
        return granted
      },
    })
    this.#connections.add(connection)
    client.once('close', () => this.#connections.delete(connection))
  }
}

/** How often a fault may strike, or how much it lets through. */
function allowanceOf(fault: Fault): number {
  if (fault.kind === 'cut-after') return 'bytes' in fault ? fault.bytes : fault.replies
  return ('times' in fault ? fault.times : undefined) ?? Infinity
}

function noCounts(): ProxyCounts {
  return { connections: 0, bytesSent: 0, bytesReceived: 0, reads: 0, commands: new Map() }
}
