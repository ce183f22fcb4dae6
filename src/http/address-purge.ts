import type { Cache } from '../cache/cache.ts'
import { publishError } from '../channels.ts'
import { addressKeys } from './page-key.ts'
import type { ResolvedPageOptions } from './page-options.ts'
import { type PurgeModeOptions, purgeMode } from './purge-mode.ts'

/** Removes what lies under the address `url`, or marks it stale. Whether there was something. */
export async function purgeAddress(
  cache: Cache,
  { keyPrefix, origin, queryKey }: ResolvedPageOptions,
  url: string,
  options: PurgeModeOptions,
): Promise<boolean> {
  const mode = purgeMode(options)
  const fixed = origin === 'request' ? undefined : origin
  const keys = addressKeys(keyPrefix, url, fixed, queryKey)
  const removed = await Promise.all(
    keys.map((key) => (mode === 'hard' ? cache.delete(key) : cache.invalidate(key))),
  )
  return removed.includes(true)
}

/** Removes pages that a request which changed something made invalid. Failures are published. */
export function removeAddresses(
  cache: Cache,
  options: ResolvedPageOptions,
  urls: readonly string[],
): void {
  for (const url of urls) {
    purgeAddress(cache, options, url, {}).catch((error: unknown) => {
      publishError({ error, operation: 'page', alias: cache.alias })
    })
  }
}
