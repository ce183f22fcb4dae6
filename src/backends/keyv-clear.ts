import { CacheError } from '../errors.ts'
import type { KeyvItems } from './keyv-items.ts'
import type { KeyvLike } from './keyv-options.ts'
import { keyOfRecord } from './keyv-record.ts'

// Deletions in flight at once.
const BATCH = 100

/**
 * Removes what starts with `prefix`, by listing the store. Whether it can be listed is tried: Keyv 6
 * lists nothing of a store that cannot, and says nothing.
 */
export async function clearKeyv(keyv: KeyvLike, items: KeyvItems, prefix: string): Promise<void> {
  const probe = `${prefix}reprise#listed?`
  const entry = { value: true, createdAtMs: items.now(), ttl: 60, staleFor: 0 }
  const stored = items.encode(probe, entry)
  await items.turn(probe, (turn) => turn.write(stored))
  let isListed = false
  const batch: string[] = []
  const remove = async (): Promise<void> => {
    const keys = batch.splice(0)
    await Promise.all(keys.map((key) => items.turn(key, (turn) => turn.remove())))
  }
  for await (const pair of items.calls.list()) {
    const key = keyOfRecord(Array.isArray(pair) ? pair[1] : undefined)
    if (key === undefined || !key.startsWith(prefix)) continue
    if (key === probe) isListed = true
    batch.push(key)
    if (batch.length === BATCH) await remove()
  }
  await remove()
  if (isListed) return
  await items.turn(probe, (turn) => turn.remove())
  if (keyv.namespace === undefined || keyv.namespace === '') throw unlisted()
  await items.calls.clear()
}

function unlisted(): CacheError {
  const message =
    'clear() cannot be used: the Keyv store does not list its keys, and its Keyv has no `namespace`, so that all of it would be lost. Give it a `namespace`, or raise `version` instead.'
  return new CacheError('ERR_OPTION_INVALID', message)
}
