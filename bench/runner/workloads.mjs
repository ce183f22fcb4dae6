const KB = 1024

/**
 * What is measured: `concurrency` loops each await one operation after another, as so many requests
 * in flight would. `isMain`: a quick look takes it too.
 */
export const WORKLOADS = [
  get('get-100b-1', '100 B, 1 in flight', 100, 1, { isMain: true }),
  get('get-100b-16', '100 B, 16 in flight', 100, 16),
  get('get-100b-128', '100 B, 128 in flight', 100, 128, { isMain: true }),
  get('get-100b-1024', '100 B, 1024 in flight', 100, 1024),
  get('set-100b-128', '', 100, 128, {
    verb: 'set',
    title: 'set of 100 B, 128 in flight',
    isMain: true,
  }),
  get('get-10kb', '10 KB, 128 in flight', 10 * KB, 128, { isMain: true }),
  get('get-10kb-text', '10 KB as text, 128 in flight', 10 * KB, 128, { verb: 'text' }),
  get('get-100kb', '100 KB, 16 in flight', 100 * KB, 16),
  get('get-100kb-text', '100 KB as text, 16 in flight', 100 * KB, 16, { verb: 'text' }),
  get('getmany-100', '', 100, 8, {
    verb: 'many',
    keysPerCall: 100,
    title: 'getMany of 100 keys of 100 B, 8 in flight',
    isMain: true,
  }),
  get('mix-90-10', '', 100, 128, {
    verb: 'mix',
    title: '90 % get and 10 % set of 100 B, 128 in flight',
    isMain: true,
  }),
  get('three-servers', '100 B from three servers, 128 in flight', 100, 128, { servers: 3 }),
]

/** A workload of gets, or of what `more` says instead. */
export function get(name, what, bytes, concurrency, more = {}) {
  // Enough keys to be no loop over one item, few enough that seeding takes no time.
  const keys = bytes > KB ? concurrency : Math.max(800, concurrency)
  const title = `get of ${what}`
  return { name, title, verb: 'get', bytes, concurrency, keys, servers: 1, ...more }
}

/** Printable values that name their key, so that one client's mistake cannot go unseen. */
export function entriesOf({ keys, bytes }, prefix) {
  return new Map(
    Array.from({ length: keys }, (_, i) => {
      const key = `${prefix}:product:${`${i}`.padStart(4, '0')}`
      return [key, `${key};`.repeat(Math.ceil(bytes / (key.length + 1))).slice(0, bytes)]
    }),
  )
}
