/**
 * The dashboard: `createAdmin(caches)`, mounted on any framework.
 *
 * @module
 */

export type { Actor, AdminContext, Authorize } from './access.ts'
export { Admin, createAdmin } from './admin.ts'
export type { AliasTraffic } from './alias-figures.ts'
export type { Break, Occupancy, Traffic } from './figures.ts'
export type { HistoryPoint, Marker } from './history.ts'
export type { AdminOptions } from './options.ts'
export type { AliasOverview, MemoryFigures, Overview, ServerOverview } from './overview.ts'
export type { ServerFigures, TotalFigures } from './server-figures.ts'
export type { StoreFigures } from './store-figures.ts'
