import { ratio } from '../admin/figures.ts'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  NOTHING,
} from '../admin/format.ts'
import type { MemcachedClient, ServerAnswer, StatsByKind } from '../client/index.ts'
import { EXIT, type Io } from './io.ts'
import { reasonOf } from './reason.ts'
import { type Cell, formatTable, type Heading } from './table.ts'
import { formatJson, type Paint, printable } from './terminal.ts'

export type StatsDetail = 'items' | 'slabs' | 'settings' | 'conns'

interface Table {
  readonly headings: readonly Heading[]
  readonly rows: readonly (readonly Cell[])[]
}

/** Asks once, and shows a table for each server, or all of it as JSON under the server's own names. */
export async function showDetail(
  detail: StatsDetail,
  clients: readonly Pick<MemcachedClient, 'stats'>[],
  json: boolean,
  paint: Paint,
  { stdout, stderr, clock }: Io,
): Promise<number> {
  const answers = (await Promise.all(clients.map((client) => client.stats(detail)))).flat()
  if (json) {
    const servers = answers.map(({ server, value, error }) => ({
      server,
      error: error === undefined ? null : reasonOf(error),
      stats: value?.raw ?? null,
    }))
    stdout.write(
      `${formatJson({ schemaVersion: 1, atMs: clock.now(), kind: detail, servers }, 2)}\n`,
    )
  } else {
    stdout.write(answers.map((answer) => section(detail, answer, paint)).join('\n'))
  }
  const failed = answers.filter(({ error }) => error !== undefined)
  for (const { server, error } of failed) {
    stderr.write(`${printable(server)}: ${reasonOf(error)}\n`)
  }
  return failed.length > 0 ? EXIT.unreachable : EXIT.ok
}

function section(
  detail: StatsDetail,
  { server, value }: ServerAnswer<StatsByKind[StatsDetail]>,
  paint: Paint,
): string {
  const head = `${paint(printable(server), 'bold')}\n`
  if (value === undefined) return `${head}${NOTHING}\n`
  const { headings, rows } = tableOf(detail, value)
  return head + (rows.length === 0 ? 'nothing\n' : formatTable(headings, rows, paint))
}

function tableOf(detail: StatsDetail, value: StatsByKind[StatsDetail]): Table {
  switch (detail) {
    case 'items':
      return itemsTable(value as StatsByKind['items'])
    case 'slabs':
      return slabsTable(value as StatsByKind['slabs'])
    case 'settings':
      return settingsTable(value)
    case 'conns':
      return connsTable(value as StatsByKind['conns'])
    default:
      return detail satisfies never
  }
}

function itemsTable({ classes }: StatsByKind['items']): Table {
  const rows = [...classes].map(([id, one]) => [
    `${id}`,
    formatCount(one.number ?? null),
    formatBytes(one.mem_requested ?? null),
    formatDuration(one.age ?? null),
    formatCount(one.evicted ?? null),
    // Of the item that was evicted last: how long items really live.
    (one.evicted ?? 0) > 0 ? formatDuration(one.evicted_time ?? null) : NOTHING,
    formatPercent(ratio(one.evicted_unfetched ?? null, one.evicted ?? null)),
    formatCount(one.outofmemory ?? null),
  ])
  return table(
    ['CLASS', 'ITEMS', 'BYTES', 'OLDEST', 'EVICTED', 'LIVED', 'NEVER READ', 'OUT OF MEMORY'],
    rows,
  )
}

function slabsTable({ classes }: StatsByKind['slabs']): Table {
  const rows = [...classes].map(([id, one]) => [
    `${id}`,
    formatBytes(one.chunk_size ?? null),
    formatCount(one.total_pages ?? null),
    formatCount(one.used_chunks ?? null),
    formatCount(one.free_chunks ?? null),
    formatPercent(ratio(one.used_chunks ?? null, one.total_chunks ?? null)),
    formatCount(one.get_hits ?? null),
    formatCount(one.cmd_set ?? null),
  ])
  return table(['CLASS', 'CHUNK', 'PAGES', 'USED', 'FREE', 'FULL', 'HITS', 'SETS'], rows)
}

function settingsTable({ raw }: { readonly raw: Readonly<Record<string, string>> }): Table {
  return {
    headings: [
      { label: 'SETTING', align: 'left' },
      { label: 'VALUE', align: 'left' },
    ],
    rows: Object.entries(raw).map(([name, text]) => [
      { text: printable(name) },
      { text: printable(text) },
    ]),
  }
}

function connsTable({ connections }: StatsByKind['conns']): Table {
  return {
    headings: [
      { label: 'FD', align: 'right' },
      { label: 'ADDRESS', align: 'left' },
      { label: 'STATE', align: 'left' },
      { label: 'IDLE', align: 'right' },
      { label: 'CAME IN AT', align: 'left' },
    ],
    rows: connections.map(({ fd, addr, state, secs_since_last_cmd: idle, listen_addr: at }) => [
      { text: `${fd}` },
      { text: printable(addr ?? NOTHING) },
      { text: printable(state ?? NOTHING).replace(/^conn_/, '') },
      { text: formatDuration(idle ?? null) },
      { text: printable(at ?? '') },
    ]),
  }
}

/** All of it figures. */
function table(labels: readonly string[], rows: readonly (readonly string[])[]): Table {
  return {
    headings: labels.map((label) => ({ label, align: 'right' })),
    rows: rows.map((row) => row.map((text) => ({ text }))),
  }
}
