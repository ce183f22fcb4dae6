import type { Entry, Found, Storable, TagVersions } from '../cache/backend.ts'
import { isSealed } from '../cache/sealed.ts'
import { copyValue } from '../codec/copy.ts'
import type { Bytes, Milliseconds } from '../units.ts'
import { freezeWhole } from './memory-share.ts'
import type { Shortcut } from './memory-shortcuts.ts'
import { copyTree, isTree } from './memory-tree.ts'

/** What a `MemoryBackend` keeps under a key. Its times are of the monotonic clock, which does not jump. */
export interface Slot {
  value: Storable
  form: Form | undefined
  readonly bytes: Bytes
  readonly bornMs: Milliseconds
  readonly staleForMs: Milliseconds
  readonly tags: TagVersions | undefined
  readonly etag: string | undefined
  freshUntilMs: Milliseconds
  deadAtMs: Milliseconds
  isMarkedStale: boolean
  /** No two states of any slots have the same. */
  revision: number
  /** The last revision of any slot when it was used last: nothing was evicted since. */
  usedAt: number
  shortcut: Shortcut | undefined
}

// What an entry takes besides its key and value: the slot, and lru-cache's share of its own arrays.
const ENTRY_BYTES: Bytes = 200

// What an object takes that holds bytes, besides them.
const BYTES_BYTES: Bytes = 56

/**
 * What a kept value is to who hands it out. `'shared'`: nobody can change it, so that it is handed out
 * itself; `'sealed'`: nobody is to change it who reads it by a lease; `'tree'`: {@link copyTree} copies
 * it.
 */
type Form = 'shared' | 'sealed' | 'tree' | 'other'

/** A value that is to be kept: a copy of the caller's. */
export interface Kept {
  readonly value: Storable
  readonly bytes: Bytes
  /** Not known before somebody reads it, unless it is shared. */
  form: Form | undefined
}

/** Copies what is to be kept, unless it is sealed; frozen, if it is to be handed out itself and can be. */
export function keep(value: Storable, share: boolean): Kept {
  if (isSealed(value)) return { value, bytes: BYTES_BYTES + value.byteLength, form: 'sealed' }
  const { value: copy, bytes } = copyValue(value)
  const isShared = typeof copy !== 'object' || copy === null || (share && freezeWhole(copy))
  return { value: copy as Storable, bytes, form: isShared ? 'shared' : undefined }
}

/** What a reader gets of a kept value: nothing that it changes is kept. */
export function handOut(kept: Pick<Kept, 'value' | 'form'>): Storable {
  const { value } = kept
  kept.form ??= isTree(value) ? 'tree' : 'other'
  if (kept.form === 'shared') return value
  return (kept.form === 'tree' ? copyTree(value) : copyValue(value).value) as Storable
}

/** Estimates what an entry takes up. */
export function slotBytes(
  key: string,
  { tags, etag = '' }: Pick<Entry, 'tags' | 'etag'>,
  bytes: Bytes,
): Bytes {
  let letters = key.length + etag.length
  if (tags !== undefined) for (const [tag, version] of tags) letters += tag.length + version.length
  return Math.ceil(ENTRY_BYTES + 2 * letters + bytes)
}

export function slotOf(
  { createdAtMs, ttl, staleFor, tags, etag }: Entry,
  { value, form }: Kept,
  bytes: Bytes,
  revision: number,
  nowMs: { readonly wall: Milliseconds; readonly monotonic: Milliseconds },
): Slot {
  // A clock that runs behind another's makes no value younger than new.
  const bornMs = nowMs.monotonic - Math.max(0, nowMs.wall - createdAtMs)
  const freshUntilMs = bornMs + ttl * 1000
  const staleForMs = staleFor * 1000
  return {
    value,
    form,
    bytes,
    bornMs,
    staleForMs,
    tags,
    etag,
    freshUntilMs,
    deadAtMs: freshUntilMs + staleForMs,
    isMarkedStale: false,
    revision,
    usedAt: revision,
    shortcut: undefined,
  }
}

export function isFresh(slot: Slot, nowMs: Milliseconds): boolean {
  return !slot.isMarkedStale && nowMs < slot.freshUntilMs
}

/** `toLeaser`: it goes to who reads by a lease, and gets what is sealed without a copy. */
export function foundIn(
  slot: Slot,
  nowMs: Milliseconds,
  { toLeaser = false }: { readonly toLeaser?: boolean } = {},
): Found {
  const { freshUntilMs } = slot
  const fresh = isFresh(slot, nowMs)
  return {
    value: toLeaser && slot.form === 'sealed' ? slot.value : handOut(slot),
    state: fresh ? 'fresh' : 'stale',
    ageMs: nowMs - slot.bornMs,
    ttlLeft: fresh ? (freshUntilMs - nowMs) / 1000 : 0,
    staleMs: fresh ? 0 : nowMs >= freshUntilMs ? nowMs - freshUntilMs : undefined,
    tags: slot.tags,
    etag: slot.etag,
    mark: slot.revision,
  }
}
