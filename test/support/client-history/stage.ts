import type { LookupFunction } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MemcachedClient, MemcachedOptions } from '../../../src/client/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import type { Milliseconds } from '../../../src/units.ts'
import { openClient } from '../client.ts'
import { freePort, type MemcachedServer, startMemcached } from '../memcached.ts'
import { ask } from '../raw.ts'
import type { ActLog } from './acts.ts'
import { COUNT_KEYS } from './count-moves.ts'
import { EXTENDED_KEYS } from './extend-moves.ts'
import { VALUE_KEYS } from './value-moves.ts'

export interface Round {
  readonly seed: number
  readonly servers: number
  readonly clients: number
  readonly forMs: Milliseconds
  /** Or calm: then nothing may fail. */
  readonly harmed: boolean
  readonly options?: Omit<MemcachedOptions, 'servers'>
}

const TIMEOUT: Milliseconds = 100
/** A fault holds bytes back for so long at most. */
export const LONGEST_FAULT: Milliseconds = 80

/** The servers, each client's own way to each of them, and the clients. */
export class Stage implements AsyncDisposable {
  readonly clients: readonly MemcachedClient[]
  /** Each client's. */
  readonly proxies: readonly (readonly FaultProxy[])[]
  readonly #servers: MemcachedServer[]
  readonly #log: ActLog

  private constructor(
    servers: MemcachedServer[],
    proxies: readonly (readonly FaultProxy[])[],
    round: Round,
    log: ActLog,
  ) {
    this.#servers = servers
    this.#log = log
    this.proxies = proxies
    const names = servers.map((_, i) => `server-${i}.test:${proxies[0]?.[i]?.port}`)
    this.clients = proxies.map((_, i) => join(names, i, round))
  }

  static async build(round: Round, log: ActLog): Promise<Stage> {
    const servers = await Promise.all(Array.from({ length: round.servers }, () => startMemcached()))
    const ports = await Promise.all(servers.map(() => freePort()))
    const proxies = await Promise.all(
      Array.from({ length: round.clients }, (_, process) =>
        Promise.all(
          servers.map((server, i) =>
            FaultProxy.start({
              target: { port: server.port },
              host: addressOf(process),
              port: ports[i] ?? 0,
              seed: round.seed * 100 + process * 10 + i,
            }),
          ),
        ),
      ),
    )
    try {
      return new Stage(servers, proxies, round, log)
    } catch (error) {
      await Promise.all(proxies.flat().map((proxy) => proxy.close()))
      await Promise.all(servers.map((server) => server.kill()))
      throw error
    }
  }

  /** Restarts, stops and empties servers. */
  async harmServers(
    random: () => number,
    isOver: () => boolean,
  ): Promise<ReadonlyMap<string, number>> {
    const done = { restart: 0, pause: 0, flush: 0 }
    while (!isOver()) {
      await sleep(random() * 800)
      const index = Math.floor(random() * this.#servers.length)
      const server = this.#servers[index]
      if (server === undefined) break
      const dice = random()
      if (dice < 0.25) {
        await this.#empty(index, 'restart', async () => {
          await server.kill()
          this.#servers[index] = await startMemcached([], { port: server.port })
        })
        done.restart++
      } else if (dice < 0.5) {
        await this.#empty(index, 'flush_all', () => ask(server.port, 'flush_all\r\n'))
        done.flush++
      } else {
        server.pause()
        await sleep(random() * 2 * LONGEST_FAULT)
        server.resume()
        done.pause++
      }
    }
    return new Map(Object.entries(done))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()))
    await Promise.all(this.proxies.flat().map((proxy) => proxy.close()))
    await Promise.all(this.#servers.map((server) => server.kill()))
  }

  async #empty(index: number, call: string, run: () => Promise<unknown>): Promise<void> {
    const client = this.clients[0]
    const keys = [...VALUE_KEYS, ...COUNT_KEYS, ...EXTENDED_KEYS].filter(
      (key) => client?.servers.indexOf(client.serverOf(key)) === index,
    )
    const intents = keys.map((key) => ({ process: -1, key, call, effect: 'remove' }) as const)
    await this.#log.note(intents, async () => {
      await run()
      return []
    })
  }
}

/** Opens a client that reaches the servers through proxies of its own. */
function join(servers: readonly string[], process: number, round: Round): MemcachedClient {
  const address = addressOf(process)
  const lookup: LookupFunction = (_, { all }, callback) => {
    if (all === true) callback(null, [{ address, family: 4 }])
    else callback(null, address, 4)
  }
  return openClient({
    ...(round.harmed
      ? { timeoutMs: TIMEOUT, connectTimeoutMs: 2 * TIMEOUT }
      : { timeoutMs: 20_000 }),
    maxValueBytes: 10_000,
    lookup,
    random: seededRandom(round.seed + process),
    ...round.options,
    servers,
  })
}

/** One loopback address for each client: the servers have the same names and ports for all. */
function addressOf(process: number): string {
  return `127.0.0.${2 + process}`
}
