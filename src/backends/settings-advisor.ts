import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { type Advice, giveAdvice } from '../cache/advisor.ts'
import type { Backend } from '../cache/backend.ts'
import type { ResolvedSettings } from '../cache/settings.ts'
import { MEMCACHED_DEFAULTS, type MemcachedOptions } from '../client/index.ts'
import { type Bytes, parseDuration } from '../units.ts'
import { isBackendName } from './backend-options.ts'
import type { MemcachedBackend } from './memcached.ts'
import { MemoryBackend } from './memory.ts'
import type { AliasSettings } from './open.ts'
import { memcachedOf, TieredBackend, type TieredOptions } from './tiered.ts'
import { watchValueLimit } from './value-limit.ts'

/** An alias as it was asked for, and as it was made. */
export interface AdvisedAlias {
  readonly alias: string
  readonly asked: AliasSettings
  readonly settings: ResolvedSettings
  readonly backend: Backend
  /** Equal for aliases that share a backend. */
  readonly place: string
}

const LOOPBACK = /^(?:\/|localhost(?::|$)|127\.|\[::1\])/

/**
 * Warns of settings that cannot do what they say, once. Returns what ends the watching for that
 * which only a server can tell.
 */
export function adviseSettings(aliases: readonly AdvisedAlias[]): () => void {
  giveAdvice(sharedKeys(aliases))
  giveAdvice(memoryLimit(aliases))
  giveAdvice(aliases.flatMap((alias) => aliasAdvice(alias)))
  const watched = new Set<MemcachedBackend>()
  const ends = aliases.map(({ alias, asked, backend }) => {
    const memcached = memcachedOf(backend)
    const { maxValueBytes } = optionsOf(asked)
    const isDefault = [undefined, MEMCACHED_DEFAULTS.maxValueBytes].includes(maxValueBytes)
    if (memcached === undefined || maxValueBytes === undefined || isDefault) return () => {}
    if (watched.has(memcached)) return () => {}
    watched.add(memcached)
    return watchValueLimit(memcached.client, alias, maxValueBytes)
  })
  return () => {
    for (const end of ends) end()
  }
}

/** Two aliases on the same keys are two names for one cache, which is rarely meant. */
function sharedKeys(aliases: readonly AdvisedAlias[]): Advice[] {
  const seen = new Map<string, string>()
  const advice: Advice[] = []
  for (const { alias, asked, settings, backend, place } of aliases) {
    if (asked.keyFunction !== undefined || backend.name === 'null') continue
    const keys = `${place} ${settings.keyPrefix}`
    const other = seen.get(keys)
    seen.set(keys, alias)
    if (other === undefined) continue
    advice.push({
      code: 'REPRISE_SHARED_KEYS',
      text: `The cache aliases \`${other}\` and \`${alias}\` share a location and a keyPrefix, so each finds the other's keys and clear() empties both. Give one of them a \`keyPrefix\`.`,
    })
  }
  return advice
}

function memoryLimit(aliases: readonly AdvisedAlias[]): Advice[] {
  const stores = new Set(aliases.map(({ backend }) => backend))
  let bytes: Bytes = 0
  for (const store of stores) {
    const holds = store instanceof MemoryBackend || store instanceof TieredBackend
    const { maxBytes } = holds ? store.usage() : { maxBytes: 0 }
    // Who writes Infinity has another limit in mind, such as `maxEntries`.
    if (maxBytes !== Infinity) bytes += maxBytes
  }
  const heap = getHeapStatistics().heap_size_limit
  // 0, or beyond any machine, where nothing constrains the process.
  const constrained = process.constrainedMemory() || Infinity
  const limit = Math.min(heap, totalmem(), constrained)
  if (bytes <= limit) return []
  const what = limit === heap ? "this process's heap ends at" : 'there are only'
  return [
    {
      code: 'REPRISE_MEMORY_LIMIT',
      text: `The caches in memory may hold ${mebibytes(bytes)} together, but ${what} ${mebibytes(limit)}: it is used up before they drop anything. Lower \`maxBytes\`${limit === heap ? ', or raise --max-old-space-size' : ''}.`,
    },
  ]
}

function mebibytes(bytes: Bytes): string {
  return `${Math.floor(bytes / 1024 ** 2)} MiB`
}

function aliasAdvice({ alias, asked, settings, backend }: AdvisedAlias): Advice[] {
  const advice: Advice[] = []
  const { keyPrefix, ttl, waitMs } = settings
  const options = optionsOf(asked)
  const isMemcached = memcachedOf(backend) !== undefined
  const elsewhere = isMemcached ? firstElsewhere(backend, options) : undefined
  if (elsewhere !== undefined && keyPrefix === '' && asked.keyFunction === undefined) {
    advice.push({
      code: 'REPRISE_NO_KEY_PREFIX',
      text: `The cache \`${alias}\` is on ${elsewhere} without a \`keyPrefix\`: another program on that server with the same keys would read and overwrite its entries. Give it a \`keyPrefix\`, such as the name of the application.`,
    })
  }
  const timeoutMs = options.timeoutMs ?? MEMCACHED_DEFAULTS.timeoutMs
  if (isMemcached && isBackendName(asked.backend) && waitMs > 0 && timeoutMs > waitMs) {
    advice.push({
      code: 'REPRISE_WAIT_BELOW_TIMEOUT',
      text: `The cache \`${alias}\` has a \`waitMs\` of ${waitMs} and a \`timeoutMs\` of ${timeoutMs}: one command may take longer than all the waiting. Lower \`timeoutMs\`, or raise \`waitMs\`.`,
    })
  }
  if (backend instanceof TieredBackend && options.trustFor !== undefined) {
    const trustFor = parseDuration('trustFor', options.trustFor)
    if (trustFor > ttl) {
      advice.push({
        code: 'REPRISE_TRUST_ABOVE_TTL',
        text: `The cache \`${alias}\` has a \`trustFor\` of ${trustFor} s and a \`ttl\` of ${ttl} s: near copies would answer for their whole life, whatever other processes change. Make \`trustFor\` the shorter one.`,
      })
    }
  }
  return advice
}

/** The first server that is not on this machine alone, or what tells the servers. */
function firstElsewhere(backend: Backend, options: Options): string | undefined {
  if (options.discovery !== undefined) return 'servers that are discovered'
  const names = memcachedOf(backend)?.client.servers ?? []
  return names.find((name) => !LOOPBACK.test(name))
}

type Options = Pick<MemcachedOptions, 'discovery' | 'maxValueBytes' | 'timeoutMs'> &
  Pick<TieredOptions, 'trustFor'>

/** Of a backend that is named: what one of your own was made with is not known here. */
function optionsOf({ backend, options = {} }: AliasSettings): Options {
  return isBackendName(backend) ? (options as Options) : {}
}
