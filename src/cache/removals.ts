import { CacheError } from '../errors.ts'
import { type Duration, parseDuration } from '../units.ts'
import type { CacheCore } from './core.ts'
import { orInstead, toldOf } from './failure.ts'
import { djangoKey, type Version } from './keys.ts'
import { batch, listKeys } from './reads.ts'

/** Ends the freshness of a value, whose stale window begins. */
export async function expireOne(
  core: CacheCore,
  key: string,
  options: { readonly version?: Version | undefined },
): Promise<boolean> {
  core.options('expire', options)
  const wholeKey = core.key(key, options.version)
  return core.changing([wholeKey], () =>
    orInstead(core, 'expire', false, () => core.backend.touch(wholeKey, 0)),
  )
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
  options: { readonly version?: Version; readonly staleFor?: Duration },
): Promise<boolean> {
  core.options('invalidate', options)
  const wholeKey = core.key(key, options.version)
  const staleFor = parseDuration('staleFor', options.staleFor ?? Infinity)
  return core.changing([wholeKey], () =>
    orInstead(core, 'invalidate', false, () => {
      return staleFor > 0
        ? core.backend.invalidate(wholeKey, staleFor)
        : core.backend.delete(wholeKey)
    }),
  )
}

/** Ends the generation that every entry of a namespace carries. */
async function clearNamespace(core: CacheCore, generation: string): Promise<void> {
  await core.invalidating(() =>
    toldOf(core, 'clear', async () => void (await core.backend.delete(generation))),
  )
}

/** Removes what the alias's prefix covers. An outage always rejects: nobody would find out later. */
export async function clearAll(core: CacheCore): Promise<void> {
  const generation = core.tags.generations.at(-1)
  if (generation !== undefined) return clearNamespace(core, generation)
  const { keyFunction, keyPrefix } = core.settings
  if (keyFunction !== djangoKey) {
    const message =
      'clear() is not for a cache with a `keyFunction`: only that function knows which keys are its own. Raise `version` instead.'
    throw new CacheError('ERR_OPTION_INVALID', message)
  }
  await core.invalidating(() => toldOf(core, 'clear', () => core.backend.clear(`${keyPrefix}:`)))
}

export async function removeBatch(
  core: CacheCore,
  operation: string,
  wholeKeys: readonly string[],
): Promise<void> {
  await core.changing(wholeKeys, () =>
    batch(core, operation, (report) => core.backend.deleteMany(wholeKeys, report)),
  )
}
