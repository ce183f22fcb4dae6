import { createHash } from 'node:crypto'
import type { Backend } from '../cache/backend.ts'
import type { CacheOptions } from '../cache/settings.ts'
import { MEMCACHED_DEFAULTS, type MemcachedOptions, type ServerEntry } from '../client/index.ts'
import type { Clock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import { MemcachedBackend } from './memcached.ts'
import { MEMORY_DEFAULTS, MemoryBackend, type MemoryOptions } from './memory.ts'
import { NullBackend } from './null.ts'

/** A backend that can be named in settings. */
export type BackendName = 'memory' | 'memcached' | 'null'

/** How one alias of `createCaches` is made: Django's settings, in camelCase. */
export interface AliasSettings extends CacheOptions {
  /**
   * The kind of backend, or one that you made; the caches then close it. With neither `backend` nor
   * `location` both are taken from `CACHE_URL`, and without that it is `'memory'`.
   */
  readonly backend?: BackendName | Backend | undefined
  /**
   * `memcached`: the servers, a list or one string split on `,` or `;`, with weights where they are
   * unequal (`a,b:11212*2`); default `127.0.0.1:11211`, or those of `options.discovery`.
   * `memory`: a name; aliases with the same one share a store.
   */
  readonly location?: string | readonly ServerEntry[] | undefined
  /** Further options of the backend: `MemoryOptions`, `MemcachedOptions`. */
  readonly options?:
    | Omit<MemoryOptions, 'clock'>
    | Omit<
        MemcachedOptions,
        'servers' | 'clock' | 'ttl' | 'onFailure' | 'chunked' | 'maxChunkedBytes'
      >
    | undefined
}

/** A backend that was opened for an alias, or for several. */
export interface Opened {
  readonly backend: Backend
  /** Equal for aliases that share a backend. */
  readonly place: string
}

// The alias has its own of the first two, which mean the same; the others are about methods of the
// client that a cache does not use.
const LEFT_OUT: readonly string[] = ['ttl', 'onFailure', 'chunked', 'maxChunkedBytes']

/** The options that a backend takes and that can be written as text. */
export const BACKEND_OPTIONS: Readonly<Record<BackendName, readonly string[]>> = Object.freeze({
  memory: Object.keys(MEMORY_DEFAULTS),
  memcached: [
    ...Object.keys(MEMCACHED_DEFAULTS).filter((name) => !LEFT_OUT.includes(name)),
    'discovery',
  ],
  null: [],
})

/** Those that cannot. */
const OTHER_OPTIONS: Readonly<Record<BackendName, readonly string[]>> = {
  memory: [],
  memcached: ['gutter', 'tls', 'auth', 'lookup', 'random'],
  null: [],
}

const SECRET: readonly string[] = ['tls', 'auth']

const NAMES: readonly string[] = Object.keys(BACKEND_OPTIONS)
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
    if (!isBackendName(kind)) throw optionError('backend', kind, `one of ${NAMES.join(', ')}`)
    checkOptions(`\`options\` of the backend ${kind}`, options, [
      ...BACKEND_OPTIONS[kind],
      ...OTHER_OPTIONS[kind],
    ])
    const given = optionsText(options)
    switch (kind) {
      case 'null':
        return { backend: new NullBackend(), place: 'null' }
      case 'memory': {
        const place = `memory ${checkStoreName(location)}`
        return this.#share(place, given, () => {
          return new MemoryBackend({ ...(options as MemoryOptions), clock: this.#clock })
        })
      }
      case 'memcached': {
        const { discovery } = options as MemcachedOptions
        const servers = location ?? (discovery === undefined ? DEFAULT_SERVER : undefined)
        const where = servers === undefined ? {} : { servers }
        const made = new MemcachedBackend({
          ...options,
          ...where,
          clock: this.#clock,
          // What an outage looks like is the alias's to say.
          onFailure: 'throw',
        })
        // Made to learn the servers' full names. Unused it has no connection, so nothing to close.
        const place = `memcached ${discovery === undefined ? serverList(made) : optionsText({ discovery })}`
        return { ...this.#share(`${place} ${given}`, given, () => made), place }
      }
      default:
        return kind satisfies never
    }
  }

  #share(place: string, options: string, make: () => Backend): Opened {
    const opened = this.#opened.get(place)
    if (opened === undefined) {
      const backend = make()
      this.#opened.set(place, { backend, options })
      return { backend, place }
    }
    if (opened.options === options) return { backend: opened.backend, place }
    throw optionError('options', options, `the same for all aliases of ${place}: ${opened.options}`)
  }

  #adopt(backend: Backend): Opened {
    if (typeof backend.lease !== 'function') {
      throw optionError('backend', backend, `one of ${NAMES.join(', ')}, or a Backend`)
    }
    for (const [place, opened] of this.#opened) {
      if (opened.backend === backend) return { backend, place }
    }
    const place = `own ${this.#opened.size}`
    this.#opened.set(place, { backend, options: '' })
    return { backend, place }
  }
}

/** Throws `ERR_OPTION_INVALID` for a property of `given` that is not `allowed`, listing those. */
export function isBackendName(name: unknown): name is BackendName {
  return typeof name === 'string' && NAMES.includes(name)
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
