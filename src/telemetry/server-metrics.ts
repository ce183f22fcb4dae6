import type {
  GeneralStats,
  ItemsStats,
  MemcachedClient,
  SettingsStats,
  SlabsStats,
} from '../client/index.ts'
import { type Family, Numbers } from './series.ts'
import {
  COMMANDS,
  GENERAL,
  ITEMS,
  LRUS,
  type Row,
  SETTINGS,
  SLAB_COMMANDS,
  SLABS,
} from './server-names.ts'

/** What of a {@link MemcachedClient} is asked. */
export type StatsClient = Pick<MemcachedClient, 'servers' | 'stats'>

interface Told {
  readonly server: string
  readonly general: GeneralStats | undefined
  readonly slabs: SlabsStats | undefined
  readonly items: ItemsStats | undefined
  readonly settings: SettingsStats | undefined
}

/**
 * The figures of all servers of `clients`, under the names of the Memcached exporter of Prometheus,
 * so that boards and alarms made for it work, with the label `server` besides.
 *
 * Four commands to each server, sent together, and none twice where several clients know it. Never
 * rejects: a server that does not answer has `memcached_up` 0 and nothing else.
 */
export async function serverMetrics(clients: Iterable<StatsClient>): Promise<Family[]> {
  const told = new Map<string, Told>()
  for (const answers of await Promise.all([...clients].map(ask))) {
    for (const answer of answers) {
      if (told.get(answer.server)?.general === undefined) told.set(answer.server, answer)
    }
  }
  const families = new Families()
  for (const answer of told.values()) tell(families, answer)
  return families.all
}

async function ask(client: StatsClient): Promise<Told[]> {
  try {
    const [general, slabs, items, settings] = await Promise.all([
      client.stats(),
      client.stats('slabs'),
      client.stats('items'),
      client.stats('settings'),
    ])
    return general.map(({ server, value }) => ({
      server,
      general: value,
      slabs: answerOf(slabs, server),
      items: answerOf(items, server),
      settings: answerOf(settings, server),
    }))
  } catch {
    // Such as a client that is closed, or that does not know its servers yet.
    const nothing = { general: undefined, slabs: undefined, items: undefined, settings: undefined }
    return client.servers.map((server) => ({ server, ...nothing }))
  }
}

function answerOf<T>(
  answers: readonly { readonly server: string; readonly value: T | undefined }[],
  server: string,
): T | undefined {
  return answers.find((answer) => answer.server === server)?.value
}

class Families {
  readonly #families = new Map<string, Numbers>()

  get all(): Family[] {
    return [...this.#families.values()]
  }

  set([name, type, help]: Row, labels: Readonly<Record<string, string>>, value: number): void {
    let family = this.#families.get(name)
    if (family === undefined) {
      family = new Numbers(type, name, Object.keys(labels), help)
      this.#families.set(name, family)
    }
    family.set(value, ...Object.values(labels))
  }
}

const UP: Row = ['memcached_up', 'gauge', 'Whether the server answered.']
const MALLOCED: Row = ['memcached_malloced_bytes', 'gauge', 'Bytes of the pages that were taken.']
const VERSION: Row = ['memcached_version', 'gauge', 'The version of the server, as a label.']
const COMMAND: Row = ['memcached_commands_total', 'counter', 'Commands, by what became of them.']
const SLAB_COMMAND: Row = [
  'memcached_slab_commands_total',
  'counter',
  'Commands of one slab class.',
]
const LRU_HITS: Row = ['memcached_slab_lru_hits_total', 'counter', 'Hits, by the part of the LRU.']

function tell(families: Families, { server, general, slabs, items, settings }: Told): void {
  families.set(UP, { server }, general === undefined ? 0 : 1)
  if (general === undefined) return
  families.set(VERSION, { server, version: general.version ?? '' }, 1)
  for (const [stat, row] of GENERAL) setFigure(families, row, { server }, general[stat])
  for (const [command, status, figure] of COMMANDS) {
    setFigure(families, COMMAND, { server, command, status }, figure(general))
  }
  for (const [stat, row] of SETTINGS) setFigure(families, row, { server }, settings?.[stat])
  setFigure(families, MALLOCED, { server }, slabs?.total_malloced)
  for (const [number, figures] of slabs?.classes ?? []) {
    const slab = `${number}`
    for (const [stat, row] of SLABS) setFigure(families, row, { server, slab }, figures[stat])
    for (const [command, status, figure] of SLAB_COMMANDS) {
      setFigure(families, SLAB_COMMAND, { server, slab, command, status }, figure(figures))
    }
  }
  for (const [number, figures] of items?.classes ?? []) {
    const slab = `${number}`
    for (const [stat, row] of ITEMS) setFigure(families, row, { server, slab }, figures[stat])
    for (const [lru, stat] of LRUS) {
      setFigure(families, LRU_HITS, { server, slab, lru }, figures[stat])
    }
  }
}

/** What a server does not tell, because it is older or was told not to, has no line. */
function setFigure(
  families: Families,
  row: Row,
  labels: Readonly<Record<string, string>>,
  figure: number | boolean | undefined,
): void {
  if (figure !== undefined) families.set(row, labels, Number(figure))
}
