import type { Cache } from '../cache/cache.ts'
import { djangoKey, type Version } from '../cache/keys.ts'
import { type CacheDescription, type Caches, describeCaches } from '../caches.ts'
import type { MemcachedClient } from '../client/client.ts'
import { AliasCounters } from './alias-counters.ts'
import { AliasDetail } from './alias-detail.ts'
import { Audit } from './audit.ts'
import { HotKeys } from './hot-keys.ts'
import type { ResolvedAdminOptions } from './options.ts'
import type { AliasFacts } from './overview.ts'
import { coveringClients } from './readings.ts'
import { RenderedCounters } from './rendered-counters.ts'
import { RequestPanel } from './request-panel.ts'
import { Sampler } from './sampler.ts'
import { ServerStates } from './server-states.ts'
import { SlowStats } from './slow-stats.ts'

/** One call in a hundred is looked at for its key. */
const HOT_KEYS_EVERY = 100

/** One alias of the dashboard's caches. */
export interface AdminAlias extends CacheDescription {
  readonly cache: Cache
}

/** One server, and a client that reaches it. */
export interface AdminServer {
  readonly name: string
  readonly weight: number
  readonly client: MemcachedClient
}

/** What gathers figures for the dashboard, and what they are of. */
export class AdminParts {
  readonly options: ResolvedAdminOptions
  readonly aliases: readonly AdminAlias[]
  readonly facts: readonly AliasFacts[]
  readonly clients: readonly MemcachedClient[]
  readonly sampler: Sampler
  readonly aliasDetail: AliasDetail
  readonly rendered: RenderedCounters
  readonly states: ServerStates
  readonly hotKeys: HotKeys
  readonly slow: SlowStats
  readonly audit: Audit
  readonly panel: RequestPanel
  readonly #counters: AliasCounters

  constructor(caches: Caches, options: ResolvedAdminOptions) {
    const { clock, sampleMs, backgroundMs } = options
    this.options = options
    const described = describeCaches(caches)
    this.aliases = described.map((one) => ({ ...one, cache: caches.get(one.alias) }))
    const names = described.map(({ alias }) => alias)
    this.facts = described.map(({ alias, backend, keyPrefix, version, ttl, store }) => ({
      alias,
      backend,
      keyPrefix,
      version: String(version),
      ttl,
      store,
    }))
    this.#counters = new AliasCounters(names)
    this.clients = coveringClients(new Set(described.flatMap(({ client }) => client ?? [])))
    this.aliasDetail = new AliasDetail(names, clock)
    this.rendered = new RenderedCounters()
    this.states = new ServerStates(clock)
    this.hotKeys = new HotKeys({ clock, aliases: new Set(names), every: HOT_KEYS_EVERY })
    this.slow = new SlowStats(clock)
    this.audit = new Audit(clock)
    this.panel = new RequestPanel(clock)
    this.sampler = new Sampler({
      clients: this.clients,
      aliases: this.#counters,
      stores: new Set(described.flatMap(({ store }) => store ?? [])),
      sampleMs,
      backgroundMs,
      clock,
    })
    this.sampler.startBackground()
  }

  /** Each once, in the order of the clients. Asked anew: servers may be discovered. */
  get servers(): AdminServer[] {
    const found = new Map<string, AdminServer>()
    for (const client of this.clients) {
      for (const [i, name] of client.servers.entries()) {
        if (!found.has(name)) found.set(name, { name, weight: client.weights[i] ?? 1, client })
      }
    }
    return [...found.values()]
  }

  /** A server by its name: the only way from a request to a server. */
  server(name: string | null): AdminServer | undefined {
    return this.servers.find((server) => server.name === name)
  }

  alias(name: unknown): AdminAlias | undefined {
    return this.aliases.find(({ alias }) => alias === name)
  }

  /** The alias that a key on a server belongs to, by prefix and version. */
  aliasOf(key: string): AdminAlias | undefined {
    const mine = (start: (alias: AdminAlias) => string) =>
      this.aliases.find((alias) => {
        return alias.cache.settings.keyFunction === djangoKey && key.startsWith(start(alias))
      })
    return (
      mine(({ keyPrefix, version }) => `${keyPrefix}:${version}:`) ??
      mine(({ keyPrefix }) => `${keyPrefix}:`)
    )
  }

  close(): void {
    this.sampler.close()
    this.#counters.close()
    this.aliasDetail.close()
    this.rendered.close()
    this.states.close()
    this.hotKeys.close()
    this.panel.close()
  }
}

/** A caller's key as it is on the server. */
export function wholeKey({ cache }: AdminAlias, key: string, version?: Version): string {
  const { keyFunction, keyPrefix, version: own } = cache.settings
  return keyFunction(key, keyPrefix, version ?? own)
}
