import { publishError, publishServer } from '../../channels.ts'
import { CacheError, optionError } from '../../errors.ts'
import type { ServerAddress } from '../../net/address.ts'
import type { WireKey } from '../../protocol/key.ts'
import { type Choice, chooseBy } from '../hashing/hashing.ts'
import type { ResolvedMemcachedOptions } from '../options.ts'
import { Server } from './server.ts'

/** The servers of some time, and which of them had a key then. */
interface Placement {
  readonly addresses: readonly ServerAddress[]
  readonly choice: Choice
}

// Earlier placements that may come back. Each costs a hash per write for as long as it is kept.
const FORMER = 4

/**
 * The servers of a client, which may change while it runs, and which of them has a key.
 *
 * Where a change moves a key, its old home keeps the old value, and a later change may bring it
 * back. So a key that is written is deleted at its former homes too: before this process reads
 * them again, which is as much as one process can know.
 */
export class ServerSet {
  readonly #options: ResolvedMemcachedOptions
  readonly #failed: () => void
  #servers: readonly Server[] = []
  #names: readonly string[] = []
  #placement: Placement
  #former: readonly Placement[] = []
  readonly #owed = new Map<string, OwedKeys>()
  readonly #leaving = new Set<Promise<void>>()
  #closed = false

  /** `failed` is called whenever a server stops answering. */
  constructor(options: ResolvedMemcachedOptions, failed: () => void) {
    this.#options = options
    this.#failed = failed
    this.#placement = placementOf([], options)
    this.#become(options.servers)
  }

  get all(): readonly Server[] {
    return this.#servers
  }

  get names(): readonly string[] {
    return this.#names
  }

  get weights(): readonly number[] {
    return this.#placement.addresses.map(({ weight }) => weight)
  }

  /** Whether keys have moved, so that writes must be told. */
  get moved(): boolean {
    return this.#former.length > 0
  }

  /** The server that holds a key. */
  of(routeKey: string): Server {
    const server = this.#servers[this.#placement.choice.indexOf(routeKey)]
    if (server !== undefined) return server
    throw new CacheError('ERR_CONNECTION', 'The servers are not discovered yet.')
  }

  named(name: string): Server | undefined {
    return this.#servers.find((server) => server.name === name)
  }

  add(address: ServerAddress): void {
    this.#checkOpen()
    if (this.named(address.name) !== undefined) {
      throw optionError('server', address.name, 'a server that is not in `servers`')
    }
    this.#become([...this.#placement.addresses, address])
    publishServer({ server: address.name, state: 'added' })
  }

  /** Resolves once what was under way there is settled and its connections are closed. */
  remove(name: string): Promise<void> {
    this.#checkOpen()
    const server = this.named(name)
    if (server === undefined) throw optionError('server', name, 'one of `servers`')
    if (this.#servers.length === 1) {
      throw optionError('server', name, 'one of several: a client has at least one server')
    }
    this.#become(this.#placement.addresses.filter((address) => address.name !== name))
    publishServer({ server: name, state: 'removed' })
    return this.#leave(server)
  }

  /** Makes `addresses` all there are. What stays keeps its connections. */
  replace(addresses: readonly ServerAddress[]): void {
    if (this.#closed || isSame(addresses, this.#placement.addresses)) return
    const before = this.#servers
    this.#become(addresses)
    const left = before.filter(({ name }) => this.named(name) === undefined)
    for (const { name } of this.#servers) {
      if (!before.some((server) => server.name === name)) {
        publishServer({ server: name, state: 'added' })
      }
    }
    for (const server of left) {
      publishServer({ server: server.name, state: 'removed' })
      void this.#leave(server)
    }
  }

  /** Has a key that is written to its `home` deleted where it lived before. */
  wrote(routeKey: string, key: WireKey, home: Server): void {
    for (const { addresses, choice } of this.#former) {
      const name = addresses[choice.indexOf(routeKey)]?.name
      if (name !== undefined && name !== home.name) this.#owe(name, key)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#servers.map((server) => server.close()), ...this.#leaving])
  }

  #checkOpen(): void {
    if (this.#closed) throw new CacheError('ERR_CLOSED', 'The client is closed.')
  }

  #become(addresses: readonly ServerAddress[]): void {
    const last = this.#placement
    const servers = addresses.map(
      (address) => this.named(address.name) ?? new Server(address, this.#options, this.#failed),
    )
    this.#placement = placementOf(addresses, this.#options)
    const former = [...this.#former, last].filter(
      (each) => each.addresses.length > 0 && !isSame(each.addresses, addresses),
    )
    this.#former = former.slice(-FORMER)
    this.#servers = servers
    this.#names = Object.freeze(servers.map(({ name }) => name))
    this.#settleDebts()
  }

  /** Hands over what is owed to servers that came back; forgets those that no placement names. */
  #settleDebts(): void {
    for (const [name, owed] of this.#owed) {
      const server = this.named(name)
      const mayReturn = this.#former.some(({ addresses }) => addresses.some((a) => a.name === name))
      if (server === undefined && mayReturn) continue
      this.#owed.delete(name)
      if (server === undefined) continue
      for (const key of owed.keys) server.doubt(key)
      if (owed.flush) server.oweFlush()
    }
  }

  #oweFlush(name: string): void {
    const server = this.named(name)
    if (server !== undefined) {
      server.oweFlush()
      return
    }
    const owed = this.#owed.get(name) ?? new OwedKeys(name, this.#options.maxReplays)
    this.#owed.set(name, owed)
    owed.flush = true
  }

  #owe(name: string, key: WireKey): void {
    const server = this.named(name)
    if (server !== undefined) {
      server.doubt(key)
      return
    }
    const owed = this.#owed.get(name) ?? new OwedKeys(name, this.#options.maxReplays)
    this.#owed.set(name, owed)
    owed.add(key)
  }

  #leave(server: Server): Promise<void> {
    const left = server.close().then(() => {
      this.#leaving.delete(left)
      // It may be back by now, or come back later.
      for (const key of server.doubtful) this.#owe(server.name, key)
      if (server.owesFlush) this.#oweFlush(server.name)
      this.#settleDebts()
    })
    this.#leaving.add(left)
    return left
  }
}

/** The keys to delete on a server that is gone, should it come back. */
class OwedKeys {
  readonly #server: string
  readonly #limit: number
  readonly #keys = new Map<string, WireKey>()
  #isFull = false
  /** It is to be emptied. */
  flush = false

  constructor(server: string, limit: number) {
    this.#server = server
    this.#limit = limit
  }

  get keys(): Iterable<WireKey> {
    return this.#keys.values()
  }

  add(key: WireKey): void {
    const id = `${key.base64 ? 'b' : ''} ${key.token}`
    if (this.#keys.size < this.#limit || this.#keys.has(id)) {
      this.#keys.set(id, key)
      return
    }
    if (this.#isFull) return
    // Told once: a server that is gone for good would otherwise report every write.
    this.#isFull = true
    const message = `More than ${this.#limit} keys were written since ${this.#server} was removed: it may show old values if it comes back without having been emptied.`
    const error = new CacheError('ERR_OVERLOADED', message, { server: this.#server })
    publishError({ error, operation: 'replay', server: this.#server })
  }
}

function placementOf(
  addresses: readonly ServerAddress[],
  { hashing }: ResolvedMemcachedOptions,
): Placement {
  return { addresses, choice: chooseBy(hashing, addresses) }
}

/** Whether keys have the same homes: the order is of no matter. */
function isSame(some: readonly ServerAddress[], others: readonly ServerAddress[]): boolean {
  if (some.length !== others.length) return false
  const weights = new Map(others.map(({ name, weight }) => [name, weight]))
  return some.every(({ name, weight }) => weights.get(name) === weight)
}
