import type { Found } from './backend.ts'
import type { CacheCore } from './core.ts'
import type { Version } from './keys.ts'
import { batch, readManyValid } from './reads.ts'

/**
 * The fresh entries under `keys`, as `lookup` finds them, but without a lease for what is missing:
 * for who does not know yet whether there is a use for them. As many round trips as servers.
 */
export function readFresh(
  core: CacheCore,
  keys: readonly string[],
  version?: Version,
): Promise<ReadonlyMap<string, Found>> {
  return core.call('getMany', keys.length, async (context) => {
    const wholeKeys = keys.map((key) => core.key(key, version))
    const found = await batch(core, 'getMany', (report) => readManyValid(core, wholeKeys, report))
    const fresh = new Map<string, Found>()
    for (const [i, key] of keys.entries()) {
      const entry = found?.get(wholeKeys[i] ?? '')
      if (entry?.state === 'fresh') fresh.set(key, entry)
    }
    if (context !== undefined) {
      context.hits = fresh.size
      context.misses = keys.length - fresh.size
    }
    return fresh
  })
}
