import type { Clock } from '../clock.ts'
import type { Milliseconds, Seconds } from '../units.ts'
import { countersOf, type Reading } from './counters.ts'
import { failedReading, type StatsClient } from './readings.ts'

/** Figures under the server's own names; what a server does not tell is not there. */
export type Numbers = Readonly<Record<string, number | undefined>>

/** All that one server told in one round. */
export interface Detail {
  /** Monotonic; when the round began. */
  readonly at: Milliseconds
  readonly general: Numbers
  readonly slabTotals: Numbers
  /** By slab class, as is the next. */
  readonly slabs: ReadonlyMap<number, Numbers>
  readonly items: ReadonlyMap<number, Numbers>
  /** How far the server's clock is ahead. It tells whole seconds, so half a second is added. */
  readonly skew: Seconds | undefined
}

export interface DetailedRound {
  readonly readings: readonly Reading[]
  /** By server; of those that answered. */
  readonly details: ReadonlyMap<string, Detail>
}

/**
 * Asks every server of `clients` once, in one round trip: `stats`, `stats slabs` and `stats items` go
 * out together. Never rejects: a server that does not answer has a reading with its error.
 */
export async function readInDetail(
  clients: readonly StatsClient[],
  clock: Clock,
): Promise<DetailedRound> {
  const at = clock.monotonic()
  const details = new Map<string, Detail>()
  const rounds = await Promise.all(clients.map((client) => readClient(client, at, clock, details)))
  return { readings: rounds.flat(), details }
}

async function readClient(
  client: StatsClient,
  at: Milliseconds,
  clock: Clock,
  details: Map<string, Detail>,
): Promise<Reading[]> {
  try {
    const asked = [client.stats(), client.stats('slabs'), client.stats('items')] as const
    const [general, slabs, items] = await Promise.all(asked)
    const now = clock.now()
    return general.map(({ server, value, error }, i) => {
      if (value === undefined) return failedReading(server, at, error)
      const slabsOf = slabs[i]?.value
      const time = value.time
      details.set(server, {
        at,
        general: numbersOf(value),
        slabTotals: slabsOf === undefined ? {} : numbersOf(slabsOf),
        slabs: mapped(slabsOf?.classes),
        items: mapped(items[i]?.value?.classes),
        skew: time === undefined ? undefined : time + 0.5 - now / 1000,
      })
      return { server, at, counters: countersOf(value, slabsOf ?? {}), error: undefined }
    })
  } catch (error) {
    return client.servers.map((server) => failedReading(server, at, error))
  }
}

/** Without the texts of the answer: they are ten times as large, and a minute of them is kept. */
function numbersOf(figures: object): Numbers {
  const numbers: Record<string, number> = {}
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === 'number') numbers[name] = value
    else if (typeof value === 'boolean') numbers[name] = value ? 1 : 0
  }
  return numbers
}

function mapped(classes: ReadonlyMap<number, object> | undefined): Map<number, Numbers> {
  return new Map(Array.from(classes ?? [], ([id, figures]) => [id, numbersOf(figures)]))
}
