import type { MemcachedClient } from '../client/client.ts'
import type { ConnsStats, ServerAnswer, SettingsStats } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'

/** How a server is set up changes with its restart only. */
const SETTINGS_MS: Milliseconds = 60_000

const CONNECTIONS_MS: Milliseconds = 1000

interface Asked<T> {
  readonly at: Milliseconds
  readonly answers: Promise<readonly ServerAnswer<T>[]>
}

/** What is not asked in every round: settings once a minute, connections while somebody looks at them. */
export class SlowStats {
  readonly #clock: Clock
  readonly #settings = new Map<MemcachedClient, Asked<SettingsStats>>()
  readonly #connections = new Map<MemcachedClient, Asked<ConnsStats>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async settings(client: MemcachedClient, server: string): Promise<SettingsStats | undefined> {
    const ask = () => client.stats('settings')
    return (await this.#of(this.#settings, client, SETTINGS_MS, ask, server))?.value
  }

  connections(
    client: MemcachedClient,
    server: string,
  ): Promise<ServerAnswer<ConnsStats> | undefined> {
    const ask = () => client.stats('conns')
    return this.#of(this.#connections, client, CONNECTIONS_MS, ask, server)
  }

  async #of<T>(
    kept: Map<MemcachedClient, Asked<T>>,
    client: MemcachedClient,
    forMs: Milliseconds,
    ask: () => Promise<readonly ServerAnswer<T>[]>,
    server: string,
  ): Promise<ServerAnswer<T> | undefined> {
    let asked = kept.get(client)
    if (asked === undefined || this.#clock.monotonic() - asked.at >= forMs) {
      asked = { at: this.#clock.monotonic(), answers: ask().catch(() => []) }
      kept.set(client, asked)
    }
    return (await asked.answers).find((answer) => answer.server === server)
  }
}
