// Keys in flight at once for one call: 1000 fill many packets, and leave room for other callers.
const SLICE = 1000

/** Reads each distinct key, so many at a time, and keeps what was found. */
export async function getMany<T>(
  keys: Iterable<string>,
  maxPending: number,
  get: (key: string) => Promise<T | undefined>,
): Promise<Map<string, T>> {
  const distinct = Array.from(new Set(keys))
  const found = new Map<string, T>()
  const size = Math.min(SLICE, maxPending)
  for (let start = 0; start < distinct.length; start += size) {
    const slice = distinct.slice(start, start + size)
    const items = await Promise.all(slice.map(get))
    for (const [i, item] of items.entries()) {
      const key = slice[i]
      if (item !== undefined && key !== undefined) found.set(key, item)
    }
  }
  return found
}
