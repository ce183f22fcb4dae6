import type { ReportFailure } from '../cache/backend.ts'
import type { ListedKey, MemcachedClient } from '../client/index.ts'

// Commands of one call in flight at once: well under the client's `maxPending`.
const SLICE = 1000
// Keys of one listing: fewer than the client holds for a reader that is slower than the server.
const ROUND = 50_000

/** Runs one command for each item, {@link SLICE} in one go; one that fails is reported. */
export async function eachSlice<T>(
  items: readonly T[],
  report: ReportFailure,
  run: (item: T) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += SLICE) {
    const slice = items.slice(start, start + SLICE)
    await Promise.all(slice.map((item) => run(item).catch(report)))
  }
}

/**
 * As {@link eachSlice}, for what is asked for along with each hit of a tagged entry: one promise for
 * all, and one more for each.
 */
export async function readSlices<Reply>(
  keys: readonly string[],
  report: ReportFailure,
  ask: (key: string) => Promise<Reply>,
  take: (key: string, reply: Reply) => Promise<void> | undefined,
): Promise<void> {
  for (let start = 0; start < keys.length; start += SLICE) {
    const slice = keys.length <= SLICE ? keys : keys.slice(start, start + SLICE)
    await new Promise<void>((resolve) => {
      let waiting = slice.length
      const settle = () => {
        if (--waiting === 0) resolve()
      }
      const fail = (error: unknown) => {
        report(error)
        settle()
      }
      for (const key of slice) {
        ask(key).then((reply) => {
          try {
            const more = take(key, reply)
            if (more === undefined) settle()
            else more.then(settle, fail)
          } catch (error) {
            fail(error)
          }
        }, fail)
      }
    })
  }
}

/** Lists all keys of every server and deletes those that start with `prefix`. */
export async function clearPrefix(client: MemcachedClient, prefix: string): Promise<void> {
  // Servers list faster than they delete.
  while ((await clearSome(client, prefix)) === ROUND) {}
}

async function clearSome(client: MemcachedClient, prefix: string): Promise<number> {
  let count = 0
  let batch: ListedKey[] = []
  const remove = async (): Promise<void> => {
    await Promise.all(batch.map((listed) => client.deleteListed(listed)))
    batch = []
  }
  for await (const listed of client.keys({ startsWith: prefix, limit: ROUND })) {
    count++
    batch.push(listed)
    if (batch.length === SLICE) await remove()
  }
  await remove()
  return count
}
