import type {
  GeneralStats,
  ItemsStats,
  MemcachedClient,
  ServerAnswer,
  SettingsStats,
  SlabsStats,
} from '../client/index.ts'
import type { CacheError } from '../errors.ts'
import type { Bytes, Seconds } from '../units.ts'
import { type Io, pause } from './io.ts'

/** What the aliases on a server ask of it. */
export interface Demands {
  /** Of the aliases there the longest that ends. */
  readonly ttl: Seconds | undefined
  /** The largest item that is sent. */
  readonly maxValueBytes: Bytes
}

/** What one server told, twice: what it counts is of the time in between. */
export interface Checkup extends Demands {
  readonly server: string
  /** Why it told nothing. */
  readonly error: CacheError | undefined
  readonly before: GeneralStats | undefined
  readonly after: GeneralStats | undefined
  readonly itemsBefore: ItemsStats | undefined
  readonly itemsAfter: ItemsStats | undefined
  readonly slabs: SlabsStats | undefined
  /** `undefined` where a service does not tell. */
  readonly settings: SettingsStats | undefined
  /** How far its clock is before ours. */
  readonly skew: Seconds
}

/** Asks every server of `client`, waits and asks again. */
export async function checkUp(
  client: Pick<MemcachedClient, 'stats'>,
  demands: Demands,
  interval: Seconds,
  io: Io,
): Promise<readonly Checkup[]> {
  const [before, itemsBefore, settings] = await Promise.all([
    client.stats(),
    client.stats('items'),
    client.stats('settings'),
  ])
  await pause(io, interval * 1000)
  if (io.signal.aborted) return []
  const start = io.clock.monotonic()
  const [after, itemsAfter, slabs] = await Promise.all([
    client.stats(),
    client.stats('items'),
    client.stats('slabs'),
  ])
  const halfWay = (io.clock.monotonic() - start) / 2000
  const now = io.clock.now() / 1000 - halfWay
  return after.map(({ server, value, error }) => ({
    ...demands,
    server,
    error,
    before: answerOf(before, server),
    after: value,
    itemsBefore: answerOf(itemsBefore, server),
    itemsAfter: answerOf(itemsAfter, server),
    slabs: answerOf(slabs, server),
    settings: answerOf(settings, server),
    skew: value?.time === undefined ? 0 : value.time - now,
  }))
}

function answerOf<T>(answers: readonly ServerAnswer<T>[], server: string): T | undefined {
  return answers.find((answer) => answer.server === server)?.value
}
