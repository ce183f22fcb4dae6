import type { CacheContext } from '../channels.ts'
import { CacheError } from '../errors.ts'
import type { Duration } from '../units.ts'
import type { Entry, Storable, TagVersions } from './backend.ts'
import type { CacheCore } from './core.ts'
import { orInstead, publishFailure } from './failure.ts'
import type { Version } from './keys.ts'
import { batch, readValid } from './reads.ts'
import { removeBatch } from './removals.ts'
import { storeOver } from './store-over.ts'
import { planWrite, type WriteOptions } from './write-options.ts'

export async function writeOne(
  core: CacheCore,
  context: CacheContext | undefined,
  key: string,
  value: Storable,
  options: WriteOptions,
): Promise<void> {
  core.options('set', options)
  const wholeKey = core.key(key, options.version)
  const { ttl, carried, entryOf } = planWrite(core, 'set', options)
  const entry = entryOf(value)
  const isStored = await core.changing([wholeKey], () =>
    orInstead(core, 'set', false, async () => {
      if (ttl <= 0) await core.backend.delete(wholeKey)
      else if (!(await storeOne(core, wholeKey, entry, carried))) throw tooLarge(core, 'set')
      return ttl > 0
    }),
  )
  countStored(context, isStored)
}

async function storeOne(
  core: CacheCore,
  key: string,
  entry: Entry,
  carried: readonly string[],
): Promise<boolean> {
  if (carried.length === 0) return core.backend.set(key, entry)
  let tags: TagVersions
  try {
    tags = await core.tags.current(carried)
  } catch (error) {
    // What it was to replace must not be read any longer.
    await core.backend.delete(key).catch((second) => publishFailure(core, 'set', second))
    throw error
  }
  core.tags.remember(key, tags)
  return core.backend.set(key, { ...entry, tags })
}

/** Resolves to the caller's keys that were not stored. */
export async function writeMany(
  core: CacheCore,
  context: CacheContext | undefined,
  pairs: ReadonlyMap<string, Storable>,
  options: WriteOptions,
): Promise<string[]> {
  core.options('setMany', options)
  const { ttl, carried, entryOf } = planWrite(core, 'setMany', options)
  const entries = new Map<string, Entry>()
  const keys = new Map<string, string>()
  for (const [key, value] of pairs) {
    const wholeKey = core.key(key, options.version)
    keys.set(wholeKey, key)
    entries.set(wholeKey, entryOf(value))
  }
  if (entries.size === 0) return []
  const refused = await core.changing([...keys.keys()], () => {
    if (ttl > 0) return writeBatch(core, entries, carried)
    return removeBatch(core, 'setMany', [...entries.keys()]).then(() => [])
  })
  if (context !== undefined) {
    context.stored = entries.size - refused.length
    context.refused = refused.length
  }
  return refused.map((wholeKey) => keys.get(wholeKey) ?? wholeKey)
}

async function writeBatch(
  core: CacheCore,
  entries: ReadonlyMap<string, Entry>,
  carried: readonly string[],
): Promise<string[]> {
  const { backend, tags } = core
  const failed: unknown[] = []
  const refused = await batch(core, 'setMany', async (report) => {
    const note = (error: unknown): void => {
      failed.push(error)
      report(error)
    }
    if (carried.length === 0) return backend.setMany(entries, note)
    const versions = await tags.current(carried).catch(note)
    if (versions === undefined) {
      // What they were to replace must not be read any longer.
      await backend.deleteMany([...entries.keys()], note)
      return [...entries.keys()]
    }
    const tagged = new Map<string, Entry>()
    for (const [key, entry] of entries) {
      tags.remember(key, versions)
      tagged.set(key, { ...entry, tags: versions })
    }
    return backend.setMany(tagged, note)
  })
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
  const { ttl, names, carried, entryOf } = planWrite(core, 'add', options)
  const entry = entryOf(value)
  const isStored = await core.changing([wholeKey], () =>
    orInstead(core, 'add', false, async () => {
      if (ttl <= 0) return (await readValid(core, wholeKey)) === undefined
      const { backend, tags } = core
      const tagged = carried.length === 0 ? entry : { ...entry, tags: await tags.current(carried) }
      if (tagged.tags !== undefined) tags.remember(wholeKey, tagged.tags)
      if (await backend.add(wholeKey, tagged)) return true
      if (!tags.isUsed) return false
      const more = { operation: 'add', tags: names, keepsStale: true } as const
      return storeOver(core, wholeKey, { ...tagged, ...more })
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
    const { backend, tags } = core
    if (ttl > 0 && tags.expected(wholeKey).length === 0) return backend.touch(wholeKey, ttl)
    if ((await readValid(core, wholeKey))?.state !== 'fresh') return false
    if (ttl > 0) return backend.touch(wholeKey, ttl)
    return core.changing([wholeKey], () => backend.delete(wholeKey))
  })
}

function countStored(context: CacheContext | undefined, isStored: boolean): void {
  if (context !== undefined) context[isStored ? 'stored' : 'refused'] = 1
}

function tooLarge(core: CacheCore, operation: string): CacheError {
  const message = `\`${operation}\`: the backend \`${core.backend.name}\` declined a value; it is over its size limit. The old value is gone as well.`
  return new CacheError('ERR_VALUE_TOO_LARGE', message)
}
