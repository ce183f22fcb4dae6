import { optionError } from '../errors.ts'
import type { ReportFailure } from './backend.ts'
import type { CacheCore } from './core.ts'
import { batch } from './reads.ts'
import { checkTags } from './tags.ts'

export interface InvalidateTagsOptions {
  /**
   * `'soft'`: as {@link Cache.invalidate}, what is there is stale. `'hard'`: as {@link Cache.delete},
   * it is gone.
   *
   * @default 'soft'
   */
  readonly mode?: 'soft' | 'hard'
}

/** What `invalidateTags` does where its options are silent. */
export const INVALIDATE_TAGS_DEFAULTS: Readonly<Required<InvalidateTagsOptions>> = Object.freeze({
  mode: 'soft',
})

/** Resolves to whether all of them are known to be invalid. */
export async function invalidateTags(
  core: CacheCore,
  tags: Iterable<string>,
  options: InvalidateTagsOptions,
): Promise<boolean> {
  core.options('invalidateTags', options)
  const { mode = INVALIDATE_TAGS_DEFAULTS.mode } = options
  if (mode !== 'soft' && mode !== 'hard') throw optionError('mode', mode, "'soft' or 'hard'")
  const keys = core.tags.keysOf(checkTags(tags))
  if (keys.length === 0) return true
  let isDone = true
  await core.invalidating(() =>
    batch(core, 'invalidateTags', async (report) => {
      const note = (error: unknown): void => {
        isDone = false
        report(error)
      }
      // First, and answered: who reads a tag's new version must find that the counter has moved.
      await renew(core, [core.tags.counter], note)
      if (mode === 'soft') await renew(core, keys, note)
      else await core.backend.deleteMany(keys, note)
    }),
  )
  return isDone
}

/**
 * Moves versions on by one. What is not there needs nothing: whatever carries it is invalid. What
 * cannot be moved is deleted, for backends that make up for a failed deletion.
 */
async function renew(
  { backend }: CacheCore,
  keys: readonly string[],
  report: ReportFailure,
): Promise<void> {
  const failed: string[] = []
  const move = async (key: string): Promise<void> => {
    try {
      await backend.incr(key, 1n)
    } catch {
      failed.push(key)
    }
  }
  await Promise.all(keys.map(move))
  if (failed.length > 0) await backend.deleteMany(failed, report)
}
