import type { Bytes } from '../units.ts'

/** What a `MemoryBackend` holds at one moment. */
export interface MemoryUsage {
  /** Those whose time has passed, but which nobody asked for since, are still among them. */
  readonly entries: number
  /** Of all keys and values, as estimated when they were stored. */
  readonly bytes: Bytes
  readonly maxBytes: Bytes
  /**
   * Entries dropped to make room, for `maxBytes` or for `maxEntries`, since the backend was made.
   * One that was deleted, replaced or past its time is none.
   */
  readonly evictions: number
}
