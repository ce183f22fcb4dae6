import { createHash } from 'node:crypto'
import type { Backend } from '../cache/backend.ts'
import type { CacheOptions } from '../cache/settings.ts'
import type { ServerEntry } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import { CacheError, checkOptions, optionError } from '../errors.ts'
import {
  BACKEND_NAMES,
  type BackendName,
  type BackendOptions,
  checkBackendOptions,
  isBackendName,
  type MemcachedAliasOptions,
  splitMemcached,
  splitTiered,
} from './backend-options.ts'
import { MemcachedBackend } from './memcached.ts'
import { MemoryBackend, type MemoryOptions } from './memory.ts'
import { NullBackend } from './null.ts'
import { TieredBackend } from './tiered.ts'

export { BACKEND_OPTIONS, type BackendName, isBackendName } from './backend-options.ts'

/** How one alias of `createCaches` is made: Django's settings, in camelCase. */
export interface AliasSettings extends CacheOptions {
  /**
   * The kind of backend, or one that you made; the caches then close it. With neither `backend` nor
   * `location` both are taken from `CACHE_URL`, and without that it is `'memory'`.
   */
  readonly backend?: BackendName | Backend | undefined
  /**
   * `memcached`, `tiered`: the servers, a list or one string split on `,` or `;`, with weights where they are
   * unequal (`a,b:11212*2`); default `127.0.0.1:11211`, or those of `options.discovery`.
   * `memory`: a name; aliases with the same one share a store.
   */
  readonly location?: string | readonly ServerEntry[] | undefined
  /**
   * Further options of the backend: `MemoryOptions`; `MemcachedOptions` with `CodecOptions`, and for
   * `tiered` with `TieredOptions` as well.
   */
  readonly options?: BackendOptions | undefined
}

/** A backend that was opened for an alias, or for several. */
export interface Opened {
  readonly backend: Backend
  /** Equal for aliases that share a backend. */
  readonly place: string
}

const SECRET: readonly string[] = ['tls', 'auth', 'secret']
const DEFAULT_SERVER = '127.0.0.1:11211'

/** Opens backends, one for each place: two stores of one name would be two caches. */
export class BackendPool {
  readonly #clock: Clock
  readonly #opened = new Map<string, { readonly backend: Backend; readonly options: string }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Every backend that was opened or handed in. */
  get all(): Backend[] {
    return Array.from(this.#opened.values(), ({ backend }) => backend)
  }

  open({ backend: kind = 'memory', location, options = {} }: AliasSettings): Opened {
    const isPlaceless = kind === 'null' || typeof kind === 'object'
    if (isPlaceless && location !== undefined) {
      throw optionError('location', location, 'left out with that `backend`')
    }
    if (typeof kind === 'object' && kind !== null) {
      checkOptions('`options` of a backend of your own', options, [])
      return this.#adopt(kind)
    }
    if (!isBackendName(kind)) {
      // A whole URL stands here by mistake, maybe with a password.
      const given: unknown = kind
      const shown = typeof given === 'string' ? given.replace(/:.*/s, ':…') : given
      throw optionError('backend', shown, `one of ${BACKEND_NAMES.join(', ')}`)
    }
    checkBackendOptions(kind, options)
    switch (kind) {
      case 'null':
        return { backend: new NullBackend(), place: 'null' }
      case 'memory': {
        const name = checkStoreName(location)
        const given = optionsText(options)
        // Without a name, aliases share a store where their options allow it: what is right on servers,
        // each alias with options of its own, must be right on a laptop as well.
        const place = name === '' ? `memory ${given}` : `memory ${name}`
        return this.#share(place, given, () => {
          return new MemoryBackend({ ...(options as MemoryOptions), clock: this.#clock })
        })
      }
      case 'memcached':
        return this.#openMemcached(location, options as MemcachedAliasOptions)
      case 'tiered': {
        const { near, far } = splitTiered(options)
        const opened = this.#openMemcached(location, far)
        const place = `tiered ${opened.place} ${optionsText(options)}`
        const { backend } = this.#share(place, '', () => {
          return new TieredBackend(opened.backend, { ...near, clock: this.#clock })
        })
        // An alias on the same servers without a tier has the same keys.
        return { backend, place: opened.place }
      }
      default:
        return kind satisfies never
    }
  }

  #openMemcached(location: AliasSettings['location'], options: MemcachedAliasOptions): Opened {
    const { client, codec } = splitMemcached(options)
    const { discovery } = client
    const servers = location ?? (discovery === undefined ? DEFAULT_SERVER : undefined)
    const where = servers === undefined ? {} : { servers }
    const clock = this.#clock
    // What an outage looks like is the alias's to say.
    const made = new MemcachedBackend({ ...client, ...where, clock, onFailure: 'throw' }, codec)
    // Made to learn the servers' full names. Unused it has no connection, so nothing to close.
    const place = `memcached ${discovery === undefined ? serverList(made) : optionsText({ discovery })}`
    const given = optionsText(options)
    return { ...this.#share(`${place} ${given}`, given, () => made), place }
  }

  #share(place: string, options: string, make: () => Backend): Opened {
    const opened = this.#opened.get(place)
    if (opened === undefined) {
      const backend = make()
      this.#opened.set(place, { backend, options })
      return { backend, place }
    }
    if (opened.options === options) return { backend: opened.backend, place }
    const message = `Aliases of one store (${place}) have different \`options\`: they must be the same for all of them, or give each alias a \`location\` of its own.`
    throw new CacheError('ERR_OPTION_INVALID', message)
  }

  #adopt(backend: Backend): Opened {
    if (typeof backend.lease !== 'function') {
      throw optionError('backend', backend, `one of ${BACKEND_NAMES.join(', ')}, or a Backend`)
    }
    for (const [place, opened] of this.#opened) {
      if (opened.backend === backend) return { backend, place }
    }
    const place = `own ${this.#opened.size}`
    this.#opened.set(place, { backend, options: '' })
    return { backend, place }
  }
}

function checkStoreName(location: string | readonly ServerEntry[] | undefined): string {
  const name = location ?? ''
  if (typeof name === 'string') return name
  throw optionError('location', location, 'the name of a store in memory')
}

/** Where weights differ, keys are elsewhere. */
function serverList({ client }: MemcachedBackend): string {
  return client.servers
    .map((name, i) => `${name}*${client.weights[i]}`)
    .sort()
    .join()
}

// Functions have no text: two of them are only the same if they are one, which nobody can see.
function optionsText(options: object): string {
  const pairs = Object.entries(options).filter(([, value]) => value !== undefined)
  return JSON.stringify(
    pairs.sort(([a], [b]) => (a < b ? -1 : 1)),
    (name, value: unknown) => {
      if (SECRET.includes(name)) return digest(value)
      return typeof value === 'function' ? `function ${identity(value)}` : value
    },
  )
}

/** Equal for equal values, and tells neither a password nor a key. */
function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url')
}

const FUNCTION_IDS = new WeakMap<object, number>()
let functionCount = 0

function identity(value: object): number {
  const known = FUNCTION_IDS.get(value)
  if (known !== undefined) return known
  functionCount++
  FUNCTION_IDS.set(value, functionCount)
  return functionCount
}
