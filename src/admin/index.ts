/**
 * The dashboard: `createAdmin(caches)`, mounted on any framework.
 *
 * @module
 */

export type { Actor, AdminContext, AdminUser, Authorize } from './access.ts'
export { Admin, createAdmin } from './admin.ts'
export type * from './api/actions.ts'
export type * from './api/aliases.ts'
export type * from './api/connections.ts'
export type * from './api/health.ts'
export type * from './api/history.ts'
export type * from './api/hot-keys.ts'
export type * from './api/keys.ts'
export type * from './api/overview.ts'
export type * from './api/pages.ts'
export type * from './api/requests.ts'
export type * from './api/servers.ts'
export type * from './api/session.ts'
export type * from './api/slabs.ts'
export type * from './api/watch.ts'
export { type BasicAuthOptions, basicAuth } from './basic-auth.ts'
export type { AdminOptions } from './options.ts'
export { hashPassword } from './password.ts'
export type { Previewed, Redact } from './preview.ts'
