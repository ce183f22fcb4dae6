import { MEMCACHED_DEFAULTS, type MemcachedOptions } from '../client/index.ts'
import { CODEC_OPTIONS, type CodecOptions } from '../codec/codec-options.ts'
import { checkOptions } from '../errors.ts'
import { MEMORY_DEFAULTS, type MemoryOptions } from './memory-options.ts'
import { TIERED_DEFAULTS, type TieredOptions } from './tiered-options.ts'

/** A backend that can be named in settings. */
export type BackendName = 'memory' | 'memcached' | 'tiered' | 'null'

/** What an alias on `memcached` may say: what its client is told, and how values become bytes. */
export type MemcachedAliasOptions = Omit<
  MemcachedOptions,
  'servers' | 'clock' | 'ttl' | 'onFailure'
> &
  CodecOptions

/** What an alias may say of the backend that it names. */
export type BackendOptions =
  | Omit<MemoryOptions, 'clock'>
  | MemcachedAliasOptions
  | (Omit<TieredOptions, 'clock'> & MemcachedAliasOptions)

// The alias has its own, which mean the same.
const LEFT_OUT: readonly string[] = ['ttl', 'onFailure']

const CLIENT_TEXT = Object.keys(MEMCACHED_DEFAULTS).filter((name) => !LEFT_OUT.includes(name))
const MEMCACHED_TEXT = [...CLIENT_TEXT, 'discovery', 'compress', 'secret', 'maxDecodedBytes']
const MEMCACHED_OTHER = ['gutter', 'tls', 'auth', 'lookup', 'random', 'codec']
const NEAR = Object.keys(TIERED_DEFAULTS)

/** The options that a backend takes and that can be written as text. */
export const BACKEND_OPTIONS: Readonly<Record<BackendName, readonly string[]>> = Object.freeze({
  memory: Object.keys(MEMORY_DEFAULTS),
  memcached: MEMCACHED_TEXT,
  tiered: [...NEAR, ...MEMCACHED_TEXT],
  null: [],
})

/** Those that cannot. */
const OTHER_OPTIONS: Readonly<Record<BackendName, readonly string[]>> = {
  memory: [],
  memcached: MEMCACHED_OTHER,
  tiered: MEMCACHED_OTHER,
  null: [],
}

export const BACKEND_NAMES: readonly string[] = Object.keys(BACKEND_OPTIONS)

export function isBackendName(name: unknown): name is BackendName {
  return typeof name === 'string' && BACKEND_NAMES.includes(name)
}

/** Throws `ERR_OPTION_INVALID` for an option that the backend does not take, listing those it does. */
export function checkBackendOptions(name: BackendName, options: BackendOptions): void {
  checkOptions(`\`options\` of the backend ${name}`, options, [
    ...BACKEND_OPTIONS[name],
    ...OTHER_OPTIONS[name],
  ])
}

/** Parts what a tier is told into what is about its near copies and what is about Memcached. */
export function splitTiered(options: BackendOptions): {
  readonly near: Omit<TieredOptions, 'clock'>
  readonly far: MemcachedAliasOptions
} {
  const [near, far] = split(options, NEAR)
  return { near, far }
}

/** Parts what an alias on `memcached` is told into what is about values and what about servers. */
export function splitMemcached(options: MemcachedAliasOptions): {
  readonly codec: CodecOptions
  readonly client: Omit<MemcachedAliasOptions, keyof CodecOptions>
} {
  const [codec, client] = split(options, CODEC_OPTIONS)
  return { codec, client }
}

function split(options: object, names: readonly string[]): [object, object] {
  const pairs = Object.entries(options)
  return [
    Object.fromEntries(pairs.filter(([name]) => names.includes(name))),
    Object.fromEntries(pairs.filter(([name]) => !names.includes(name))),
  ]
}
