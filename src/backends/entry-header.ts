import type { Entry, Found, TagVersions } from '../cache/backend.ts'
import type { Header } from '../codec/envelope.ts'
import type { Milliseconds, Seconds } from '../units.ts'

/** The header of an entry, for the backends that keep bytes. `key`: where it has to be kept along. */
export function headerOf(entry: Entry, key: string | undefined): Header {
  const { createdAtMs, ttl, staleFor, etag } = entry
  const ttlMs = millisecondsIn(ttl)
  const staleForMs = millisecondsIn(staleFor)
  return { createdAtMs, ttlMs, staleForMs, key, tags: tagsOf(entry), etag }
}

/** The entry of a found item with another value or lifetime, so that it can be written back. */
export function entryOf(found: Found, header: Header | undefined, nowMs: Milliseconds): Entry {
  if (header === undefined) {
    return { value: found.value, createdAtMs: nowMs, ttl: found.ttlLeft ?? Infinity, staleFor: 0 }
  }
  const { createdAtMs, ttlMs, staleForMs, tags, etag } = header
  const [ttl, staleFor] = [ttlMs / 1000, staleForMs / 1000]
  return { value: found.value, createdAtMs, ttl, staleFor, tags, etag }
}

/** A clock that runs behind another's makes no value younger than new. */
export function ageAt(createdAtMs: Milliseconds, nowMs: Milliseconds): Milliseconds {
  return Math.max(0, nowMs - createdAtMs)
}

/** No tags are the same as none at all. */
function tagsOf({ tags }: Entry): TagVersions | undefined {
  return tags === undefined || tags.size === 0 ? undefined : tags
}

/** Whole ones where that is meant: 1.001 s times 1000 is a hair less than 1001. */
function millisecondsIn(seconds: Seconds): Milliseconds {
  return Math.round(seconds * 1e6) / 1000
}
