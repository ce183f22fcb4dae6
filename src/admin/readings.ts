import type { MemcachedClient } from '../client/client.ts'
import type { Clock } from '../clock.ts'
import { countersOf, type Reading } from './counters.ts'

/** What of a {@link MemcachedClient} is asked. */
export type StatsClient = Pick<MemcachedClient, 'servers' | 'stats'>

/** An error is a sentence about one server; what comes from the network is cut. */
const ERROR_CHARACTERS = 200

/**
 * Asks every server of `clients` once, in one round trip: `stats` and `stats slabs` go out together.
 *
 * Never rejects: a server that does not answer has a reading with its error. All readings carry the
 * moment the round began: a server that answers does so within a round trip of it, also where
 * another one takes its whole timeout.
 */
export async function readServers(
  clients: readonly StatsClient[],
  clock: Clock,
): Promise<Reading[]> {
  const at = clock.monotonic()
  const rounds = await Promise.all(clients.map((client) => readClient(client, at)))
  return rounds.flat()
}

/** The fewest of `clients` that reach every server, so that none is asked twice in a round. */
export function coveringClients<Client extends StatsClient>(clients: Iterable<Client>): Client[] {
  const covered = new Set<string>()
  const chosen: Client[] = []
  for (const client of [...clients].sort((a, b) => b.servers.length - a.servers.length)) {
    // Where they are discovered there are none before the first command, and nothing is covered.
    const isKnown = client.servers.length > 0
    if (isKnown && client.servers.every((server) => covered.has(server))) continue
    for (const server of client.servers) covered.add(server)
    chosen.push(client)
  }
  return chosen
}

async function readClient(client: StatsClient, at: number): Promise<Reading[]> {
  try {
    const [general, slabs] = await Promise.all([client.stats(), client.stats('slabs')])
    return general.map(({ server, value, error }, i) => {
      if (value === undefined) return failedReading(server, at, error)
      return { server, at, counters: countersOf(value, slabs[i]?.value ?? {}), error: undefined }
    })
  } catch (error) {
    return client.servers.map((server) => failedReading(server, at, error))
  }
}

/** The reading of a server that did not answer. */
export function failedReading(server: string, at: number, error: unknown): Reading {
  const text = error instanceof Error ? reasonOf(error) : 'The server did not answer.'
  return { server, at, counters: undefined, error: text.slice(0, ERROR_CHARACTERS) }
}

/** What the client says, and what the socket said first: the name of the trouble is often there. */
function reasonOf(error: Error): string {
  let first = error
  while (first.cause instanceof Error) first = first.cause
  return error.message.includes(first.message)
    ? error.message
    : `${error.message} (${first.message})`
}
