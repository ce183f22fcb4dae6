import { resolve } from 'node:path'
import { type Caches, type CachesSettings, createCaches, describeCaches } from '../caches.ts'
import type { MemcachedClient } from '../client/client.ts'
import type { Cache } from '../index.ts'
import { findConfigFile, readConfigFile } from './config-file.ts'
import type { Io } from './io.ts'
import type { Options } from './options.ts'
import { mergeSettings } from './settings.ts'
import { SettingsError } from './usage.ts'

export interface FoundSettings {
  readonly settings: CachesSettings
  /** The alias that is asked for. */
  readonly alias: string
  /** Whether it was named, or one server was: then the others are not meant. */
  readonly isOne: boolean
  /** The configuration file. */
  readonly file: string | undefined
}

/** Reads the options, the environment and the configuration file. */
export async function findSettings(options: Options, io: Io): Promise<FoundSettings> {
  const named = options.text('config')
  const path = named ?? (options.kept('config') ? await findConfigFile(io.cwd) : undefined)
  const file = path === undefined ? undefined : await readConfigFile(absolute(path, io.cwd))
  const servers = options.text('servers')
  const alias = options.text('alias')
  const settings = mergeSettings({
    flags: {
      alias: alias ?? 'default',
      servers,
      keyPrefix: options.text('keyPrefix'),
      keyVersion: options.text('keyVersion'),
    },
    env: io.env,
    file: file?.settings,
  })
  const isOne = alias !== undefined || servers !== undefined
  return { settings, alias: alias ?? 'default', isOne, file: file?.path }
}

/** The caches that a command is about, open. An outage rejects: nobody is served from here. */
export class Target implements AsyncDisposable {
  readonly found: FoundSettings
  readonly caches: Caches
  #whole: Caches | undefined

  constructor(found: FoundSettings, io: Pick<Io, 'clock' | 'env'>) {
    this.found = found
    const { default: usual, ...others } = found.settings
    const told: CachesSettings = {
      default: throwing(usual),
      ...Object.fromEntries(Object.entries(others).map(([name, one]) => [name, throwing(one)])),
    }
    // An alias that names no place takes it from there.
    const env = { CACHE_URL: io.env.CACHE_URL }
    this.caches = createCaches(told, { env, clock: io.clock })
  }

  static async open(options: Options, io: Io): Promise<Target> {
    return new Target(await findSettings(options, io), io)
  }

  /** @throws {@link SettingsError} where it is inside of another process. */
  get cache(): Cache {
    const { alias } = this.found
    const backend = describeCaches(this.caches).find((one) => one.alias === alias)?.backend
    if (backend !== 'memory' && backend !== 'null') return this.caches.get(alias)
    throw new SettingsError(
      `The alias ${alias} is ${backend === 'null' ? 'switched off' : 'in the memory of the application'}: there is nothing to see from here. Give --servers, or set CACHE_URL to memcached://host.`,
    )
  }

  /**
   * The alias's servers under whole keys, as servers list them: with its codec, and whatever its
   * prefix, version and key function are.
   */
  get wholeKeys(): Cache {
    const { clock } = this.cache
    this.#whole ??= createCaches(
      {
        default: {
          ...settingOf(this.found),
          keyFunction: (key: string) => key,
          onFailure: 'throw',
        },
      },
      { env: {}, clock },
    )
    return this.#whole.default
  }

  /** Of the alias. @throws {@link SettingsError} where it has none. */
  get client(): MemcachedClient {
    const { alias } = this.found
    const client = describeCaches(this.caches).find((one) => one.alias === alias)?.client
    if (client !== undefined) return client
    throw new SettingsError(
      `The alias ${alias} names no Memcached servers: give --servers, or set CACHE_URL to memcached://host.`,
    )
  }

  /** Of all aliases, unless one is asked for; none whose servers another one has as well. */
  get clients(): readonly MemcachedClient[] {
    if (this.found.isOne) return [this.client]
    const clients = new Set(describeCaches(this.caches).flatMap(({ client }) => client ?? []))
    const distinct = new Map([...clients].map((client) => [placeOf(client), client]))
    return distinct.size === 0 ? [this.client] : withoutCovered([...distinct.values()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.caches.close(), this.#whole?.close()])
  }
}

function settingOf({ settings, alias }: FoundSettings): object {
  const setting = settings[alias]
  return typeof setting === 'object' ? setting : {}
}

function throwing(setting: CachesSettings[string] | undefined): object {
  return { ...(typeof setting === 'object' ? setting : {}), onFailure: 'throw' }
}

/** Servers that are discovered are not known before they are asked: such a client is its own place. */
function placeOf(client: MemcachedClient): unknown {
  return client.servers.length === 0 ? client : [...client.servers].sort().join()
}

function withoutCovered(clients: readonly MemcachedClient[]): MemcachedClient[] {
  const covered = new Set<string>()
  const chosen: MemcachedClient[] = []
  for (const client of [...clients].sort((a, b) => b.servers.length - a.servers.length)) {
    const { servers } = client
    if (servers.length > 0 && servers.every((server) => covered.has(server))) continue
    for (const server of servers) covered.add(server)
    chosen.push(client)
  }
  return chosen
}

function absolute(path: string, cwd: string): string {
  return resolve(cwd, path)
}
