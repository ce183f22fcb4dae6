import type { MemcachedBackend } from './backends/memcached.ts'
import { MemoryBackend } from './backends/memory.ts'
import { type AliasSettings, BackendPool, type Opened } from './backends/open.ts'
import { adviseSettings } from './backends/settings-advisor.ts'
import { memcachedOf, TieredBackend } from './backends/tiered.ts'
import { parseCacheUrl } from './backends/url.ts'
import type { Backend, Found } from './cache/backend.ts'
import { Cache } from './cache/cache.ts'
import type { Version } from './cache/keys.ts'
import { CACHE_DEFAULTS, type CacheOptions } from './cache/settings.ts'
import { type Clock, systemClock } from './clock.ts'
import { CacheError, checkOptions, optionError, shown } from './errors.ts'
import type { Seconds } from './units.ts'

/** One alias: its settings, or the same as a URL. */
export type AliasSetting = AliasSettings | string

/** What `createCaches` takes: an object with one property per alias, `default` among them. */
export type CachesSettings = { readonly default: AliasSetting } & {
  readonly [alias: string]: AliasSetting
}

/** What `createCaches` takes from its surroundings. */
export interface CachesContext {
  /** Default: the system's. */
  readonly clock?: Clock
  /** Where `CACHE_URL` is looked up. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * The caches of an application, by alias. `Caches` alone is what all of them are, as there is always
 * a `default`.
 */
export type Caches<Alias extends string = 'default'> = {
  readonly [Name in Alias]: Cache
} & AsyncDisposable & {
    readonly default: Cache
    /** Returns the cache of an alias, or throws `ERR_ALIAS_UNKNOWN`. */
    get(name: string): Cache
    /** The aliases, in the order of the settings. */
    readonly names: readonly string[]
    /** Closes all of them, and their connections. */
    close(): Promise<void>
  }

/** The aliases in settings; of those that are known only at run time, the one that must be there. */
type AliasOf<Settings> = string extends keyof Settings ? 'default' : keyof Settings & string

/** What `describeCaches` tells of one alias. */
export interface CacheDescription {
  readonly alias: string
  /** `memory`, `memcached`, `tiered`, `null`, or the name of a backend of your own. */
  readonly backend: string
  readonly keyPrefix: string
  readonly version: Version
  readonly ttl: Seconds
  /** Where the backend is `memcached`, or a tier over it. Shared by the aliases on the same servers. */
  readonly client: MemcachedBackend['client'] | undefined
  /** What is in this process, where the backend is `memory` or `tiered`. Shared as the backend is. */
  readonly store: MemoryBackend | TieredBackend | undefined
  /**
   * Reads what is under a whole key, decoded by the alias's codec. It is no call of the cache: nobody
   * counts it, and tags are not judged. One round trip.
   */
  read(wholeKey: string): Promise<Found | undefined>
}

const RESERVED: readonly string[] = ['get', 'names', 'close']
const ALIAS = /^[A-Za-z_][\w-]*$/
const SETTINGS: readonly string[] = [
  'backend',
  'location',
  'options',
  'keyFunction',
  ...Object.keys(CACHE_DEFAULTS),
]

interface Made {
  readonly cache: Cache
  readonly opened: Opened
  readonly asked: AliasSettings
}

const MADE = new WeakMap<object, readonly Made[]>()

/**
 * Creates the caches of an application, typed by their aliases.
 *
 * Without settings there is one, `default`, as the environment variable `CACHE_URL` says, or else in
 * memory. Nothing connects before the first use.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 *
 * const caches = createCaches({
 *   default: { backend: 'memcached', location: ['10.0.0.1', '10.0.0.2:11212'], keyPrefix: 'shop' },
 *   fragments: 'memory://?maxBytes=64mb',
 * })
 * await caches.fragments.set('greeting', 'hello', { ttl: '15m' })
 * await caches.close()
 * ```
 *
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function createCaches(settings?: undefined, context?: CachesContext): Caches
export function createCaches<const Settings extends CachesSettings>(
  settings: Settings,
  context?: CachesContext,
): Caches<AliasOf<Settings>>
export function createCaches(
  settings: CachesSettings = { default: {} },
  context: CachesContext = {},
): AsyncDisposable {
  const { clock = systemClock, env = process.env } = context
  checkAliases(settings)
  const pool = new BackendPool(clock)
  const made = Object.entries(settings).map(([alias, setting]) => {
    return make(alias, completed(setting, env.CACHE_URL), pool, clock)
  })
  const endAdvice = adviseSettings(
    made.map(({ cache: { alias, settings }, opened, asked }) => ({
      alias,
      settings,
      asked,
      ...opened,
    })),
  )
  const byAlias = new Map(made.map(({ cache }) => [cache.alias, cache]))

  const close = async (): Promise<void> => {
    endAdvice()
    await Promise.all(made.map(({ cache }) => cache.close()))
    await Promise.all(pool.all.map((backend) => backend[Symbol.asyncDispose]()))
  }
  const caches = {
    ...Object.fromEntries(byAlias),
    get: (name: string): Cache => byAlias.get(name) ?? unknownAlias(name, [...byAlias.keys()]),
    names: Object.freeze([...byAlias.keys()]),
    close,
    [Symbol.asyncDispose]: close,
  }
  Object.freeze(caches)
  MADE.set(caches, made)
  return caches
}

/** Tells what each alias is made of, for tools such as the dashboard. */
export function describeCaches(caches: object): CacheDescription[] {
  const made = MADE.get(caches)
  if (made === undefined) throw optionError('caches', caches, 'what `createCaches` returned')
  return made.map(({ cache: { alias, settings }, opened: { backend } }) => ({
    alias,
    backend: backend.name,
    keyPrefix: settings.keyPrefix,
    version: settings.version,
    ttl: settings.ttl,
    client: memcachedOf(backend)?.client,
    store: isNear(backend) ? backend : undefined,
    read: (wholeKey) => backend.get(wholeKey, { mark: true }),
  }))
}

function isNear(backend: Backend): backend is MemoryBackend | TieredBackend {
  return backend instanceof MemoryBackend || backend instanceof TieredBackend
}

function checkAliases(settings: CachesSettings): void {
  if (typeof settings !== 'object' || settings === null) {
    throw optionError('settings', settings, 'an object with one property per alias')
  }
  for (const alias of Object.keys(settings)) {
    if (ALIAS.test(alias) && !RESERVED.includes(alias)) continue
    const allowed = `letters, digits, \`_\` and \`-\`, and none of ${RESERVED.join(', ')}`
    throw optionError('alias', alias, allowed)
  }
  if (Object.hasOwn(settings, 'default')) return
  throw new CacheError(
    'ERR_OPTION_INVALID',
    'The settings have no alias `default`: there must be one.',
  )
}

/** The settings of an alias as an object, completed by `CACHE_URL` where they name no place. */
function completed(setting: AliasSetting, cacheUrl: string | undefined): AliasSettings {
  if (typeof setting === 'string') return parseCacheUrl(setting)
  checkOptions('the settings of an alias', setting, SETTINGS)
  const isPlaced = setting.backend !== undefined || setting.location !== undefined
  if (isPlaced || cacheUrl === undefined || cacheUrl === '') return setting
  // An explicit `undefined` is a hole too, so it must not cover what the URL says.
  const given = Object.entries(setting).filter(([, value]) => value !== undefined)
  const fromUrl = parseCacheUrl(cacheUrl, 'CACHE_URL')
  const options = { ...fromUrl.options, ...setting.options }
  return { ...fromUrl, ...Object.fromEntries(given), options }
}

function make(alias: string, settings: AliasSettings, pool: BackendPool, clock: Clock): Made {
  const { backend, location, options, ...rest } = settings
  if (backend === undefined && location !== undefined) {
    throw optionError('backend', backend, 'named where `location` is')
  }
  const opened = pool.open({ backend, location, options })
  const cacheOptions: CacheOptions = rest
  const setup = { ...cacheOptions, alias, clock, sharesBackend: true }
  return { cache: new Cache(opened.backend, setup), opened, asked: settings }
}

function unknownAlias(name: string, names: readonly string[]): never {
  const message = `There is no cache alias ${shown(name)}: it must be one of ${names.join(', ')}.`
  throw new CacheError('ERR_ALIAS_UNKNOWN', message)
}
