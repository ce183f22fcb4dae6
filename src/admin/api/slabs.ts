/**
 * What `GET api/slabs?server=` answers: where one server's memory is.
 *
 * @module
 */

import type { Bytes, Seconds } from '../../units.ts'

export interface SlabClassReply {
  readonly id: number
  readonly chunkBytes: Bytes
  readonly pages: number
  readonly usedChunks: number
  readonly totalChunks: number
  readonly freeChunks: number
  readonly items: number
  /** Of what the chunks in use could hold, what nobody asked for. Large items span classes: 0 then. */
  readonly wasteBytes: Bytes
  readonly freeBytes: Bytes
  readonly hot: number
  readonly warm: number
  readonly cold: number
  readonly oldest: Seconds | null
  readonly evictionsPerSecond: number | null
  readonly evicted: number
  readonly evictionAge: Seconds | null
  readonly outOfMemory: number
  readonly getsPerSecond: number | null
  readonly setsPerSecond: number | null
}

export interface MemoryReply {
  readonly limitBytes: Bytes | null
  /** Pages taken. */
  readonly takenBytes: Bytes | null
  /** Of items, with their headers. */
  readonly itemBytes: Bytes | null
  readonly wasteBytes: Bytes
  /** In chunks that are free, but only for items of their class. */
  readonly freeInClassesBytes: Bytes
  /** Pages that any class may have. */
  readonly freePagesBytes: Bytes | null
  /** What chunks do not fill of their page. */
  readonly pageTailBytes: Bytes
}

export interface SlabsReply {
  readonly schemaVersion: 1
  readonly server: string
  readonly error: string | null
  readonly memory: MemoryReply | null
  readonly classes: readonly SlabClassReply[]
}
