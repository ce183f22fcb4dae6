import { splitTiered } from '../backends/backend-options.ts'
import type { AliasSettings } from '../backends/open.ts'
import { parseCacheUrl } from '../backends/url.ts'
import type { Version } from '../cache/keys.ts'
import type { CachesSettings } from '../caches.ts'
import { SettingsError, UsageError } from './usage.ts'

/** What options say of the alias that is asked for. */
export interface PlaceFlags {
  readonly alias: string
  readonly servers: string | undefined
  readonly keyPrefix: string | undefined
  readonly keyVersion: string | undefined
}

export interface SettingsSources {
  readonly flags: PlaceFlags
  readonly env: Readonly<Record<string, string | undefined>>
  /** What a configuration file exports. */
  readonly file: Readonly<Record<string, unknown>> | undefined
}

const HERE = '127.0.0.1:11211'

/**
 * Puts the settings together, each field from the first source that has it: options, environment,
 * file, default. The environment is about the alias `default`, the options about the one asked for.
 *
 * @throws {@link UsageError}, {@link SettingsError}, and `ERR_OPTION_INVALID` for a URL that is none.
 */
export function mergeSettings({ flags, env, file }: SettingsSources): CachesSettings {
  const aliases = new Map<string, AliasSettings>()
  for (const [alias, setting] of Object.entries(file ?? {})) {
    aliases.set(alias, readAlias(alias, setting))
  }
  let usual = aliases.get('default') ?? {}
  if (env.MEMCACHE_SERVERS) usual = onServers(usual, env.MEMCACHE_SERVERS)
  if (env.CACHE_URL) usual = over(usual, parseCacheUrl(env.CACHE_URL, 'CACHE_URL'))
  const isNowhere = file === undefined && !env.MEMCACHE_SERVERS && !env.CACHE_URL
  aliases.set('default', isNowhere ? onServers(usual, HERE) : usual)

  const chosen = aliases.get(flags.alias)
  if (chosen === undefined) {
    const names = [...aliases.keys()].join(', ')
    throw new UsageError(`There is no alias ${flags.alias}: it must be one of ${names}.`)
  }
  aliases.set(flags.alias, flagged(chosen, flags))
  return { default: {}, ...Object.fromEntries(aliases) }
}

function readAlias(alias: string, setting: unknown): AliasSettings {
  if (typeof setting === 'string') return parseCacheUrl(setting, alias)
  if (typeof setting === 'object' && setting !== null) return setting
  throw new SettingsError(`The settings of the alias ${alias} must be an object or a URL.`)
}

function flagged(settings: AliasSettings, flags: PlaceFlags): AliasSettings {
  const { servers, keyPrefix, keyVersion } = flags
  const placed = servers === undefined ? settings : onServers(settings, withoutSecrets(servers))
  return {
    ...placed,
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    ...(keyVersion === undefined ? {} : { version: versionOf(keyVersion) }),
  }
}

/** Everybody on the machine sees a command line, and shells remember it. */
function withoutSecrets(servers: string): string {
  const isPath = /^(?:unix:)?\//.test(servers)
  if (isPath || !servers.includes('@')) return servers
  throw new UsageError(
    'A password does not belong into --servers, where others see it: set CACHE_URL to memcached://user:password@host.',
  )
}

function versionOf(text: string): Version {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

/** The same cache on other servers. What is said of servers that are discovered does not hold there. */
function onServers(settings: AliasSettings, location: string): AliasSettings {
  const { backend, options, ...rest } = settings
  if (backend !== 'memcached' && backend !== 'tiered') {
    return { ...withoutPlace(rest), backend: 'memcached', location }
  }
  const { discovery: _, ...others } = { discovery: undefined, ...options }
  return { ...rest, backend, location, options: others }
}

/** `settings` where `url` is silent. Options of another backend are not those of this one. */
function over(settings: AliasSettings, url: AliasSettings): AliasSettings {
  const { options, ...rest } = settings
  const kept = { ...withoutPlace(rest), ...url }
  if (!isRemote(settings) || !isRemote(url)) {
    const isSame = settings.backend === url.backend || settings.backend === undefined
    return isSame ? { ...rest, ...url, options: { ...options, ...url.options } } : kept
  }
  const usable = url.backend === 'memcached' ? splitTiered(options ?? {}).far : options
  return { ...rest, ...url, options: { ...usable, ...url.options } }
}

function isRemote({ backend }: AliasSettings): boolean {
  return backend === 'memcached' || backend === 'tiered'
}

function withoutPlace(settings: AliasSettings): AliasSettings {
  const { backend: _, location: __, options: ___, ...rest } = settings
  return rest
}
