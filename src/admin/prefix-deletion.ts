import type { KeysOptions, ListedKey } from '../client/index.ts'
import type { Outcome } from './actions.ts'

/** How many keys one call deletes where nothing else is said, and at most. */
export const USUALLY_DELETED = 1000
export const MOST_DELETED = 10_000

const AT_ONCE = 100

/** What of a `MemcachedClient` is asked. */
export interface DeletingClient {
  readonly servers: readonly string[]
  keys(options: KeysOptions): AsyncIterable<ListedKey>
  deleteListed(listed: ListedKey): Promise<boolean>
}

export interface PrefixDeletion {
  readonly prefix: string
  readonly limit: number
  /** Only counts. */
  readonly dryRun: boolean
}

/**
 * Deletes the keys that start with a prefix, where they are listed, or counts them: at most `limit`
 * of all servers together. What is stored meanwhile may stay.
 */
export async function deletePrefix(
  clients: readonly DeletingClient[],
  { prefix, limit, dryRun }: PrefixDeletion,
): Promise<Outcome> {
  const seen = new Set<string>()
  let [found, deleted, complete] = [0, 0, true]
  for (const client of clients) {
    const servers = client.servers.filter((server) => !seen.has(server))
    for (const server of servers) seen.add(server)
    const left = limit - found
    // One more than may be deleted tells whether there is more.
    const listed: ListedKey[] = []
    for await (const one of client.keys({ startsWith: prefix, servers, limit: left + 1 })) {
      listed.push(one)
    }
    if (listed.length > left) complete = false
    const due = listed.slice(0, left)
    found += due.length
    for (let at = 0; !dryRun && at < due.length; at += AT_ONCE) {
      const batch = due.slice(at, at + AT_ONCE).map((one) => client.deleteListed(one))
      for (const isDeleted of await Promise.all(batch)) if (isDeleted) deleted++
    }
    if (!complete) break
  }
  const count = dryRun ? found : deleted
  const keys = count === 1 ? '1 key' : `${count} keys`
  const message = dryRun ? `${keys} would be deleted.` : `${keys} deleted.`
  return { count, complete, message: complete ? message : `${message} There are more.` }
}
