import type { CacheContext } from '../channels.ts'
import { CacheError, optionError } from '../errors.ts'
import type { Duration, Seconds } from '../units.ts'
import type { Entry, Storable } from './backend.ts'
import type { CacheCore } from './core.ts'
import { orInstead, publishFailure, toldOf } from './failure.ts'
import { djangoKey, type Version } from './keys.ts'
import { batch, isIterable, listKeys } from './reads.ts'

export interface WriteOptions {
  /** Default: the alias's. 0 or less: it is not kept. */
  readonly ttl?: Duration | undefined
  /** Default: the alias's. */
  readonly version?: Version | undefined
}

/** What `setMany` takes: a map, pairs, or a plain object. */
export type Entries =
  | Iterable<readonly [key: string, value: Storable]>
  | Readonly<Record<string, Storable>>

export async function writeOne(
  core: CacheCore,
  context: CacheContext | undefined,
  key: string,
  value: Storable,
  options: WriteOptions,
): Promise<void> {
  core.options('set', options)
  const wholeKey = core.key(key, options.version)
  const ttl = core.ttl(options.ttl)
  const entry = core.entry(value, ttl)
  const isStored = await core.changing([wholeKey], () =>
    orInstead(core, 'set', false, async () => {
      if (ttl <= 0) await core.backend.delete(wholeKey)
      else if (!(await core.backend.set(wholeKey, entry))) throw tooLarge(core, 'set')
      return ttl > 0
    }),
  )
  countStored(context, isStored)
}

/** Resolves to the caller's keys that were not stored. */
export async function writeMany(
  core: CacheCore,
  context: CacheContext | undefined,
  pairs: ReadonlyMap<string, Storable>,
  options: WriteOptions,
): Promise<string[]> {
  core.options('setMany', options)
  const ttl = core.ttl(options.ttl)
  const entries = new Map<string, Entry>()
  const keys = new Map<string, string>()
  for (const [key, value] of pairs) {
    const wholeKey = core.key(key, options.version)
    keys.set(wholeKey, key)
    entries.set(wholeKey, core.entry(value, ttl))
  }
  if (entries.size === 0) return []
  const refused = await core.changing([...keys.keys()], () => writeBatch(core, entries, ttl))
  if (context !== undefined) {
    context.stored = entries.size - refused.length
    context.refused = refused.length
  }
  return refused.map((wholeKey) => keys.get(wholeKey) ?? wholeKey)
}

async function writeBatch(
  core: CacheCore,
  entries: ReadonlyMap<string, Entry>,
  ttl: Seconds,
): Promise<string[]> {
  if (ttl <= 0) {
    await removeBatch(core, 'setMany', [...entries.keys()])
    return []
  }
  const failed: unknown[] = []
  const refused = await batch(core, 'setMany', (report) =>
    core.backend.setMany(entries, (error) => {
      failed.push(error)
      report(error)
    }),
  )
  const declined = (refused?.length ?? 0) > 0 && failed.length === 0
  if (declined) publishFailure(core, 'setMany', tooLarge(core, 'setMany'))
  return refused ?? [...entries.keys()]
}

export async function addOne(
  core: CacheCore,
  context: CacheContext | undefined,
  key: string,
  value: Storable,
  options: WriteOptions,
): Promise<boolean> {
  core.options('add', options)
  const wholeKey = core.key(key, options.version)
  const ttl = core.ttl(options.ttl)
  const entry = core.entry(value, ttl)
  const isStored = await core.changing([wholeKey], () =>
    orInstead(core, 'add', false, async () => {
      if (ttl > 0) return core.backend.add(wholeKey, entry)
      return (await core.backend.get(wholeKey)) === undefined
    }),
  )
  countStored(context, isStored)
  return isStored
}

export async function touchOne(
  core: CacheCore,
  key: string,
  ttlOrNone: Duration | undefined,
  options: { readonly version?: Version | undefined },
): Promise<boolean> {
  core.options('touch', options)
  const wholeKey = core.key(key, options.version)
  const ttl = core.ttl(ttlOrNone)
  return orInstead(core, 'touch', false, async () => {
    if (ttl > 0) return core.backend.touch(wholeKey, ttl)
    const found = await core.backend.get(wholeKey)
    if (found?.state !== 'fresh') return false
    return core.changing([wholeKey], () => core.backend.delete(wholeKey))
  })
}

export async function removeOne(core: CacheCore, key: string, version?: Version): Promise<boolean> {
  const wholeKey = core.key(key, version)
  return core.changing([wholeKey], () =>
    orInstead(core, 'delete', false, () => core.backend.delete(wholeKey)),
  )
}

export async function removeMany(
  core: CacheCore,
  keys: Iterable<string>,
  version?: Version,
): Promise<void> {
  const wholeKeys = listKeys(keys).map((key) => core.key(key, version))
  if (wholeKeys.length > 0) await removeBatch(core, 'deleteMany', wholeKeys)
}

export async function markStale(
  core: CacheCore,
  key: string,
  staleFor: Seconds,
  version?: Version,
): Promise<boolean> {
  const wholeKey = core.key(key, version)
  return core.changing([wholeKey], () =>
    orInstead(core, 'invalidate', false, () => {
      return staleFor > 0
        ? core.backend.invalidate(wholeKey, staleFor)
        : core.backend.delete(wholeKey)
    }),
  )
}

/** Removes what the alias's prefix covers. An outage always rejects: nobody would find out later. */
export async function clearAll(core: CacheCore): Promise<void> {
  const { keyFunction, keyPrefix } = core.settings
  if (keyFunction !== djangoKey) {
    const message =
      'clear() is not for a cache with a `keyFunction`: only that function knows which keys are its own. Raise `version` instead.'
    throw new CacheError('ERR_OPTION_INVALID', message)
  }
  core.flights.forgetAll()
  await toldOf(core, 'clear', () => core.backend.clear(`${keyPrefix}:`))
  core.flights.forgetAll()
}

/** Reads what `setMany` takes. Later pairs win, as in a `Map`. */
export function listEntries(entries: Entries): Map<string, Storable> {
  if (typeof entries !== 'object' || entries === null) {
    throw optionError('entries', entries, 'a Map, an iterable of pairs, or an object')
  }
  return new Map(isIterable(entries) ? entries : Object.entries(entries))
}

async function removeBatch(
  core: CacheCore,
  operation: string,
  wholeKeys: readonly string[],
): Promise<void> {
  await core.changing(wholeKeys, () =>
    batch(core, operation, (report) => core.backend.deleteMany(wholeKeys, report)),
  )
}

function countStored(context: CacheContext | undefined, isStored: boolean): void {
  if (context !== undefined) context[isStored ? 'stored' : 'refused'] = 1
}

function tooLarge(core: CacheCore, operation: string): CacheError {
  const message = `\`${operation}\`: the backend \`${core.backend.name}\` declined a value; it is over its size limit. The old value is gone as well.`
  return new CacheError('ERR_VALUE_TOO_LARGE', message)
}
