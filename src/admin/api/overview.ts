/**
 * What `GET api/overview` answers, and each event of `GET api/live` carries.
 *
 * @module
 */

export type { AliasTraffic } from '../alias-figures.ts'
export type { Break, Occupancy, Traffic } from '../figures.ts'
export type { HistoryPoint, Marker } from '../history.ts'
export type { AliasOverview, MemoryFigures, Overview, ServerOverview } from '../overview.ts'
export type { ServerFigures, TotalFigures } from '../server-figures.ts'
export type { StoreFigures } from '../store-figures.ts'
