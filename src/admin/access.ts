import type { IncomingMessage } from 'node:http'
import { publishError } from '../channels.ts'
import type { AdminPermission } from './api/session.ts'

/** Who looks, and what they may do. */
export interface AdminUser {
  /** For the record of what was done. */
  readonly name: string
  /** Left out: all of them. `readOnly` and `values` take away from it, and never add. */
  readonly permissions?: readonly AdminPermission[] | undefined
}

/** A name alone: somebody with every permission. */
export type Actor = string | AdminUser

/** What is known of a request besides the request itself. */
export interface AdminContext {
  /** The peer of the socket. A proxy's headers are never taken for it. */
  readonly remoteAddress?: string | undefined
  /** Where the dashboard is mounted, such as `/admin/cache`; nothing where it has a host of its own. */
  readonly basePath?: string | undefined
  /** Of node:http and Express: the request, as earlier middleware left it, with its `user` or `session`. */
  readonly incoming?: IncomingMessage | undefined
}

/**
 * Returns who it is, or `false` for nobody. What it throws is a no too. A `Response` is sent as it is:
 * the way to a login page, or a question for a password.
 */
export type Authorize = (
  request: Request,
  context: AdminContext,
) => Actor | Response | false | Promise<Actor | Response | false>

/** Somebody who is known, and all that they may do. */
export interface KnownUser {
  readonly name: string
  readonly permissions: readonly AdminPermission[]
}

/** Whether a request is answered: to whom, or why not. */
export type Admission =
  | { readonly kind: 'user'; readonly user: KnownUser }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'instead'; readonly response: Response }

/** Every permission that there is. */
export const PERMISSIONS: readonly AdminPermission[] = Object.freeze([
  'view',
  'values',
  'bump',
  'invalidate',
  'delete',
  'flush',
  'watch',
])

export interface AccessRules {
  readonly authorize: Authorize | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

const IN_PRODUCTION =
  'The dashboard is closed: NODE_ENV is production and nothing says who may see it. ' +
  'Pass `authorize` to createAdmin: (request) => the name of who it is, or false.'
const FROM_ELSEWHERE =
  'The dashboard is closed: without `authorize` it answers only a browser on its own machine, ' +
  'asked directly, by the name localhost or a loopback address. ' +
  'Pass `authorize` to createAdmin: (request) => the name of who it is, or false.'

/**
 * Present where somebody else passed the request on. Their values are never believed, but a proxy on
 * this machine makes every visitor look like a loopback peer, so their presence closes the door.
 */
const PASSED_ON = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const

/** Decides whether the request may be answered, and for whom. Never rejects. */
export async function admit(
  { authorize, env }: AccessRules,
  request: Request,
  context: AdminContext,
): Promise<Admission> {
  if (authorize !== undefined) return admitNamed(authorize, request, context)
  if (isProduction(env)) return { kind: 'refused', reason: IN_PRODUCTION }
  if (!isLocal(request, context)) return { kind: 'refused', reason: FROM_ELSEWHERE }
  return { kind: 'user', user: { name: 'this machine', permissions: PERMISSIONS } }
}

export function isProduction(env: AccessRules['env']): boolean {
  return env.NODE_ENV?.trim().toLowerCase() === 'production'
}

const NOT_ALLOWED: Admission = Object.freeze({ kind: 'refused', reason: 'Not allowed.' })

async function admitNamed(
  authorize: Authorize,
  request: Request,
  context: AdminContext,
): Promise<Admission> {
  try {
    const answer: unknown = await authorize(request, context)
    if (answer instanceof Response) return { kind: 'instead', response: answer }
    const user: unknown = typeof answer === 'string' ? { name: answer } : answer
    // Not just truthy: a rejected login that comes as an object or a number must not open the door.
    if (typeof user !== 'object' || user === null || !('name' in user)) return NOT_ALLOWED
    const { name } = user
    if (typeof name !== 'string' || name === '') return NOT_ALLOWED
    const listed: unknown = 'permissions' in user ? user.permissions : undefined
    const permissions = listed === undefined ? PERMISSIONS : known(listed)
    if (!permissions.includes('view')) return NOT_ALLOWED
    return { kind: 'user', user: { name, permissions } }
  } catch (error) {
    publishError({ error, operation: 'authorize' })
    return NOT_ALLOWED
  }
}

/** What is no list of permissions is none: a typing error must not open the door either. */
function known(listed: unknown): AdminPermission[] {
  return Array.isArray(listed) ? PERMISSIONS.filter((one) => listed.includes(one)) : []
}

function isLocal(request: Request, { remoteAddress }: AdminContext): boolean {
  if (remoteAddress === undefined || !isLoopbackAddress(remoteAddress)) return false
  if (PASSED_ON.some((name) => request.headers.has(name))) return false
  // The peer is not enough: a page of a foreign site whose name was pointed at 127.0.0.1 makes the
  // visitor's own browser ask, and could read the answer (DNS rebinding). Its name betrays it.
  return isLoopbackHost(request.headers.get('host') ?? new URL(request.url).host)
}

/** `127.0.0.0/8` and `::1`, also as an IPv4 address in IPv6 (RFC 4291 section 2.5.5.2). */
export function isLoopbackAddress(address: string): boolean {
  const v4 = /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i
  return address === '::1' || v4.test(address)
}

function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  return isLoopbackAddress(name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name)
}
