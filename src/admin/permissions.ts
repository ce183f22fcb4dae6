import type { KnownUser } from './access.ts'
import type { AdminPermission } from './api/session.ts'
import { isReadOnly, type ResolvedAdminOptions, shownValues } from './options.ts'

const CHANGING: ReadonlySet<AdminPermission> = new Set<AdminPermission>([
  'bump',
  'invalidate',
  'delete',
  'flush',
])

/** What is left of a user's permissions. Asked at each request: `NODE_ENV` may be set late. */
export function permissionsOf(
  options: ResolvedAdminOptions,
  { permissions }: KnownUser,
): AdminPermission[] {
  const readOnly = isReadOnly(options)
  const values = shownValues(options)
  return permissions.filter((permission) => {
    if (permission === 'values') return values !== 'none'
    return !(readOnly && CHANGING.has(permission))
  })
}

/** Why somebody may not do it, in a sentence. `undefined`: they may. */
export function missing(
  options: ResolvedAdminOptions,
  user: KnownUser,
  needed: AdminPermission,
): string | undefined {
  if (permissionsOf(options, user).includes(needed)) return undefined
  if (!user.permissions.includes(needed)) {
    return `You have not the permission "${needed}": \`authorize\` gives it.`
  }
  if (needed === 'values') {
    return "Keys and values are not shown here: set `values: 'meta'` or `'preview'` of createAdmin."
  }
  return 'The dashboard is read-only: set `readOnly: false` of createAdmin.'
}
