/**
 * What `GET api/keys` (a listing) and `GET api/key` (one key) answer.
 *
 * @module
 */

import type { Bytes, Milliseconds, Seconds } from '../../units.ts'

/** One key as a server lists it. */
export interface KeyRow {
  readonly server: string
  /** As it is on the server, prefix and version in front. */
  readonly key: string
  /** The whole key is not on the server: this is its start and its digest. */
  readonly hashed: boolean
  /** With the server's header and the key. */
  readonly sizeBytes: Bytes
  /** Left until it expires. `null`: never. */
  readonly ttl: Seconds | null
  readonly idle: Seconds
  readonly fetched: boolean
  /** The alias that its prefix and version belong to. `null`: none of this process. */
  readonly alias: string | null
}

/** Keys that start alike. */
export interface KeyGroup {
  /** What this level adds; the last one of a level may be `…`, for all that are too many. */
  readonly name: string
  /** The whole start. `null` for `…`. */
  readonly prefix: string | null
  readonly count: number
  readonly bytes: Bytes
  readonly neverFetched: number
  readonly groups: readonly KeyGroup[]
}

/** How many keys are within a span. */
export interface HistogramBar {
  readonly label: string
  readonly count: number
}

export interface KeysReply {
  readonly schemaVersion: 1
  /** Keys that were looked at, and those of them that match. */
  readonly scanned: number
  readonly matched: number
  readonly bytes: Bytes
  readonly neverFetched: number
  /** `false`: a limit of keys or of time ended it; `reason` says which. */
  readonly complete: boolean
  readonly reason: string | null
  readonly tookMs: Milliseconds
  /** Servers that could not be listed, and why. */
  readonly failed: readonly { readonly server: string; readonly error: string }[]
  /** The first of those that match. */
  readonly keys: readonly KeyRow[]
  readonly tree: readonly KeyGroup[]
  readonly ttls: readonly HistogramBar[]
  readonly idles: readonly HistogramBar[]
  readonly sizes: readonly HistogramBar[]
}

/** One key, looked up by its alias, or as it is on the server. */
export interface KeyReply {
  readonly schemaVersion: 1
  readonly alias: string | null
  /** As it is on the server. */
  readonly key: string
  readonly found: boolean
  /** Where it belongs. `null`: in this process. */
  readonly server: string | null
  readonly item: ItemFacts | null
  /** `null`: `values` does not allow it, or it was not asked for. */
  readonly preview: ValuePreview | null
}

export interface ItemFacts {
  /** `null`: never, or not known. */
  readonly ttl: Seconds | null
  readonly expires: boolean
  /** `null`: the backend does not tell, as with the next ones. */
  readonly idle: Seconds | null
  readonly fetched: boolean | null
  readonly sizeBytes: Bytes | null
  readonly slabClass: number | null
  readonly cas: string | null
}

export interface ValuePreview {
  /** `json` and `inspect` are formatted; `inspect` is for values that JSON loses, such as a Map. */
  readonly form: 'text' | 'json' | 'inspect' | 'hex' | 'hidden'
  readonly text: string
  readonly truncated: boolean
  readonly redacted: boolean
  readonly state: 'fresh' | 'stale' | 'foreign'
  readonly ageMs: Milliseconds | null
  readonly tags: readonly string[]
  /** Client flags, where the bytes are in no form of ours. */
  readonly flags: number | null
}
