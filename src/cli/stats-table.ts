import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  NOTHING,
} from '../admin/format.ts'
import type { ServerFigures, TotalFigures } from '../admin/server-figures.ts'
import { type Cell, formatTable, type Heading } from './table.ts'
import { type Paint, printable } from './terminal.ts'

const HEADINGS: readonly Heading[] = [
  { label: 'SERVER', align: 'left' },
  { label: 'STATE', align: 'left' },
  { label: 'HIT RATIO', align: 'right' },
  { label: 'SINCE START', align: 'right' },
  { label: 'GETS/S', align: 'right' },
  { label: 'SETS/S', align: 'right' },
  { label: 'EVICTIONS/S', align: 'right' },
  { label: 'MEMORY', align: 'right' },
  { label: 'LIMIT', align: 'right' },
  { label: 'ITEMS', align: 'right' },
  { label: 'CONNECTIONS', align: 'right' },
  { label: 'UPTIME', align: 'right' },
  { label: 'VERSION', align: 'left' },
]

/** From here on a server is about to refuse connections. */
const CONNECTIONS_WARN = 0.8

/** A row per server, and one for all where there are several. */
export function formatStats(
  servers: readonly ServerFigures[],
  total: TotalFigures,
  paint: Paint,
): string {
  const rows = servers.map((server) => [
    { text: printable(server.server) },
    server.up ? { text: 'up', color: 'green' as const } : { text: 'down', color: 'red' as const },
    { text: formatPercent(server.hitRatio) },
    { text: formatPercent(server.hitRatioSinceStart) },
    ...shared(server),
    { text: formatDuration(server.uptime) },
    { text: printable(server.version ?? '') || NOTHING },
  ])
  if (servers.length > 1) rows.push(totalRow(total))
  return formatTable(HEADINGS, rows, paint)
}

function totalRow(total: TotalFigures): Cell[] {
  const cells: Cell[] = [
    { text: 'all servers' },
    { text: `${total.serversUp}/${total.servers}` },
    { text: formatPercent(total.hitRatio) },
    { text: '' },
    ...shared(total),
    { text: '' },
    { text: '' },
  ]
  return cells.map((cell) => ({ color: 'bold', ...cell }))
}

/** The columns that make sense for one server and for all. */
function shared(figures: ServerFigures | TotalFigures): Cell[] {
  const { evictionsPerSecond, connectionsFull } = figures
  const crowded = connectionsFull !== null && connectionsFull >= CONNECTIONS_WARN
  return [
    { text: formatRate(figures.getsPerSecond) },
    { text: formatRate(figures.setsPerSecond) },
    {
      text: formatRate(evictionsPerSecond),
      ...(evictionsPerSecond !== null && evictionsPerSecond > 0 ? { color: 'yellow' } : {}),
    },
    { text: formatPercent(figures.memoryFull) },
    { text: formatBytes(figures.memoryLimitBytes) },
    { text: formatCount(figures.items) },
    { text: formatPercent(connectionsFull), ...(crowded ? { color: 'yellow' } : {}) },
  ]
}
