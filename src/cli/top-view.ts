import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
} from '../admin/format.ts'
import type { ServerFigures, TotalFigures } from '../admin/server-figures.ts'
import { sparkline } from './sparkline.ts'
import { type Cell, formatTable, type Heading } from './table.ts'
import { type Paint, printable } from './terminal.ts'
import { KEYS_HELP, type TopState } from './top-state.ts'

/** One round of figures, and what came before it. */
export interface TopFrame {
  readonly servers: readonly ServerFigures[]
  readonly total: TotalFigures
  /** Operations per second of each server and, under `''`, of all, oldest first. */
  readonly history: ReadonlyMap<string, readonly (number | null)[]>
  /** Such as `10:02:03`. */
  readonly time: string
  readonly interval: number
}

interface Column {
  readonly heading: Heading
  /** A narrow screen goes without the highest. 0: it is always there. */
  readonly rank: number
  readonly cell: (figures: ServerFigures | TotalFigures, spark: string) => Cell
  /** Sorted highest first; names the other way round. */
  readonly value: (figures: ServerFigures) => number | string | null
}

export const SPARK_WIDTH = 20

const right = (label: string): Heading => ({ label, align: 'right' })
const left = (label: string): Heading => ({ label, align: 'left' })

const COLUMNS: readonly Column[] = [
  {
    heading: left('SERVER'),
    rank: 0,
    cell: (one) =>
      'server' in one
        ? { text: printable(one.server), ...(one.up ? {} : { color: 'red' as const }) }
        : { text: `all servers (${one.serversUp}/${one.servers} up)`, color: 'bold' },
    value: ({ server }) => server,
  },
  {
    heading: right('HIT RATIO'),
    rank: 1,
    cell: ({ hitRatio }) => ({ text: formatPercent(hitRatio) }),
    value: ({ hitRatio }) => hitRatio,
  },
  {
    heading: right('OPS/S'),
    rank: 1,
    cell: ({ operationsPerSecond }) => ({ text: formatRate(operationsPerSecond) }),
    value: ({ operationsPerSecond }) => operationsPerSecond,
  },
  {
    heading: left(''),
    rank: 5,
    cell: (_, spark) => ({ text: spark, color: 'cyan' }),
    value: ({ operationsPerSecond }) => operationsPerSecond,
  },
  {
    heading: right('GETS/S'),
    rank: 2,
    cell: ({ getsPerSecond }) => ({ text: formatRate(getsPerSecond) }),
    value: ({ getsPerSecond }) => getsPerSecond,
  },
  {
    heading: right('SETS/S'),
    rank: 3,
    cell: ({ setsPerSecond }) => ({ text: formatRate(setsPerSecond) }),
    value: ({ setsPerSecond }) => setsPerSecond,
  },
  {
    heading: right('EVICTED/S'),
    rank: 2,
    cell: ({ evictionsPerSecond: rate }) => ({
      text: formatRate(rate),
      ...(rate !== null && rate > 0 ? { color: 'yellow' as const } : {}),
    }),
    value: ({ evictionsPerSecond }) => evictionsPerSecond,
  },
  {
    heading: right('MEMORY'),
    rank: 1,
    cell: ({ memoryFull }) => ({ text: formatPercent(memoryFull) }),
    value: ({ memoryFull }) => memoryFull,
  },
  {
    heading: right('LIMIT'),
    rank: 6,
    cell: ({ memoryLimitBytes }) => ({ text: formatBytes(memoryLimitBytes) }),
    value: ({ memoryLimitBytes }) => memoryLimitBytes,
  },
  {
    heading: right('ITEMS'),
    rank: 4,
    cell: ({ items }) => ({ text: formatCount(items) }),
    value: ({ items }) => items,
  },
  {
    heading: right('CONNECTIONS'),
    rank: 6,
    cell: ({ connectionsFull }) => ({ text: formatPercent(connectionsFull) }),
    value: ({ connectionsFull }) => connectionsFull,
  },
  {
    heading: right('UPTIME'),
    rank: 7,
    cell: (one) => ({ text: 'uptime' in one ? formatDuration(one.uptime) : '' }),
    value: ({ uptime }) => uptime,
  },
]

export const COLUMN_COUNT: number = COLUMNS.length

/** The lines of the screen, none longer than `columns` and no more than `rows`. */
export function topLines(
  frame: TopFrame,
  state: TopState,
  size: { readonly columns: number; readonly rows: number },
  paint: Paint,
): string[] {
  const sorted = COLUMNS[state.sortedBy] ?? COLUMNS[0]
  const name = sorted?.heading.label || 'OPS/S'
  const order = `sorted by ${name.toLowerCase()}${state.isReversed ? ', reversed' : ''}`
  const paused = state.isPaused ? ', paused' : ''
  const title = `reprise top  ${frame.time}  every ${frame.interval} s, ${order}${paused}`
  const head = [paint(title.slice(0, size.columns), 'bold'), '']
  const foot = paint('q quit  s sort  r reverse  p pause  h help'.slice(0, size.columns), 'dim')
  if (state.mode === 'help') {
    const help = KEYS_HELP.map((line) => line.slice(0, size.columns))
    return [...head, ...help].slice(0, Math.max(1, size.rows - 1)).concat(foot)
  }
  const table = fittingTable(frame, state, size.columns, paint)
  return [...head, ...table].slice(0, Math.max(1, size.rows - 1)).concat(foot)
}

/** Drops columns, the least important first, until the rows are no wider than the screen. */
function fittingTable(frame: TopFrame, state: TopState, width: number, paint: Paint): string[] {
  const ordered = order(frame.servers, state)
  const ranks = [...new Set(COLUMNS.map(({ rank }) => rank))].sort((a, b) => b - a)
  for (const most of [Infinity, ...ranks]) {
    const columns = COLUMNS.filter(({ rank }) => rank === 0 || rank < most)
    const unpainted = tableOf(columns, ordered, frame, (text) => text)
    const widest = Math.max(...unpainted.map((line) => line.length))
    if (widest <= width) return tableOf(columns, ordered, frame, paint)
    if (columns.length === 1) return unpainted.map((line) => line.slice(0, width))
  }
  return []
}

function tableOf(
  columns: readonly Column[],
  servers: readonly ServerFigures[],
  { total, history }: TopFrame,
  paint: Paint,
): string[] {
  const row = (figures: ServerFigures | TotalFigures, name: string): Cell[] => {
    const spark = sparkline(history.get(name) ?? [], SPARK_WIDTH)
    return columns.map(({ cell }) => cell(figures, spark))
  }
  const rows = servers.map((one) => row(one, one.server))
  if (servers.length > 1) rows.unshift(row(total, ''))
  const headings = columns.map(({ heading }) => heading)
  return formatTable(headings, rows, paint).trimEnd().split('\n')
}

function order(servers: readonly ServerFigures[], state: TopState): ServerFigures[] {
  const column = COLUMNS[state.sortedBy] ?? COLUMNS[0]
  const sorted = [...servers].sort((a, b) => compare(column?.value(a), column?.value(b)))
  return state.isReversed ? sorted.reverse() : sorted
}

/** Numbers from the highest, names from A, and what is unknown last. */
function compare(a: string | number | null | undefined, b: typeof a): number {
  if (typeof a === 'number' && typeof b === 'number') return b - a
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : 1
  return (a === null ? 1 : 0) - (b === null ? 1 : 0)
}
