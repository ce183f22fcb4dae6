import type { IncomingMessage } from 'node:http'
import { publishError } from '../channels.ts'

/** Who looks: a name, for the record. */
export type Actor = string | { readonly name: string }

/** What is known of a request besides the request itself. */
export interface AdminContext {
  /** The peer of the socket. A proxy's headers are never taken for it. */
  readonly remoteAddress?: string | undefined
  /** Where the dashboard is mounted, such as `/admin/cache`; nothing where it has a host of its own. */
  readonly basePath?: string | undefined
  /** Of node:http and Express: the request, as earlier middleware left it, with its `user` or `session`. */
  readonly incoming?: IncomingMessage | undefined
}

/** Returns who it is, or `false` for nobody. What it throws is a no too. */
export type Authorize = (
  request: Request,
  context: AdminContext,
) => Actor | false | Promise<Actor | false>

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

/** Returns why the request may not be answered, or `undefined` where it may. */
export async function refusal(
  { authorize, env }: AccessRules,
  request: Request,
  context: AdminContext,
): Promise<string | undefined> {
  if (authorize !== undefined) {
    return (await isAuthorized(authorize, request, context)) ? undefined : 'Not allowed.'
  }
  if (env.NODE_ENV?.trim().toLowerCase() === 'production') return IN_PRODUCTION
  return isLocal(request, context) ? undefined : FROM_ELSEWHERE
}

async function isAuthorized(
  authorize: Authorize,
  request: Request,
  context: AdminContext,
): Promise<boolean> {
  try {
    const actor: unknown = await authorize(request, context)
    const name = typeof actor === 'object' && actor !== null && 'name' in actor ? actor.name : actor
    // Not just truthy: a rejected login that comes as an object or a number must not open the door.
    return typeof name === 'string' && name !== ''
  } catch (error) {
    publishError({ error, operation: 'authorize' })
    return false
  }
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
