import { optionError } from '../../errors.ts'
import { readGet } from '../commands/answers.ts'
import type { MetaCommands } from '../commands/meta.ts'
import type { ChunkCall, ChunkCommands } from './chunk-commands.ts'
import { MANIFEST_FLAGS } from './manifest.ts'

/** Refuses what no value may be stored with where values are split. */
export function checkFlags({ chunks }: MetaCommands, flags: number | undefined): void {
  if (flags !== MANIFEST_FLAGS || chunks === undefined) return
  throw optionError('flags', flags, 'another number: with `chunked`, it marks what was split')
}

/** As {@link checkFlags}, for methods that are not async: what the call rejects with. */
export function refusalOfFlags(
  meta: MetaCommands,
  flags: number | undefined,
): Promise<never> | undefined {
  if (flags !== MANIFEST_FLAGS) return undefined
  try {
    checkFlags(meta, flags)
    return undefined
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Whether a key holds a value that was split. */
export async function holdsManifest(meta: MetaCommands, call: ChunkCall): Promise<boolean> {
  const { operation, key, ...patience } = call
  const found = await meta.get(operation, key, { ...patience, flags: true }, readGet)
  return found.kind === 'hit' && found.flags === MANIFEST_FLAGS
}

/** Whether `value` has to be split. */
export function isLarge({ sizes }: ChunkCommands, value: string | Uint8Array): boolean {
  const { maxWholeBytes } = sizes
  if (typeof value !== 'string') return value instanceof Uint8Array && value.length > maxWholeBytes
  // UTF-8 takes at most 3 bytes for each unit of a string.
  return value.length * 3 > maxWholeBytes && Buffer.byteLength(value) > maxWholeBytes
}
