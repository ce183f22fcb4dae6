import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { compress } from 'hono/compress'
import { getCookie, setCookie } from 'hono/cookie'
import { cors } from 'hono/cors'
import { csrf } from 'hono/csrf'
import { etag } from 'hono/etag'
import { NONCE, secureHeaders } from 'hono/secure-headers'
import { cacheSite } from '../../../src/frameworks/hono.ts'
import {
  type Equipment,
  type EquippedHost,
  GUARDED,
  ORIGINS,
  type SessionKind,
  type Visitor,
} from './equipment.ts'
import { corsFields } from './equipped-express.ts'

/** Sessions as most of them work: the cookie is set when the handler is done. */
function sessions(kind: SessionKind): MiddlewareHandler {
  const store = new Map<string, Record<string, unknown>>()
  return async (context, next) => {
    const known = getCookie(context, 'id')
    const session = { ...store.get(known ?? '') }
    context.set('session', session)
    await next()
    // As a store does that is somewhere else.
    for (let i = 0; i < 10; i++) await setImmediate()
    const isNew = known === undefined && (kind === 'eager' || Object.keys(session).length > 0)
    const id = known ?? randomUUID()
    if (known !== undefined || isNew) store.set(id, session)
    if (isNew || (kind === 'rolling' && known !== undefined)) setCookie(context, 'id', id)
  }
}

const guard: MiddlewareHandler = async (context, next) => {
  const isGuarded = `${context.req.method} ${context.req.path}` === GUARDED
  const token = context.req.header('x-csrf-token')
  if (isGuarded && sessionOf(context).csrf !== token) return context.text('forbidden', 403)
  await next()
  return undefined
}

const careless: MiddlewareHandler = async (context, next) => {
  const fields = corsFields('careless', context.req.header('origin'))
  for (const [name, value] of Object.entries(fields)) context.header(name, value)
  await next()
}

function equipmentOf(equipment: Equipment): MiddlewareHandler[] {
  const { compress: packs, session: kind, helmet, cors: sharing, etag: tags } = equipment
  const policy = { contentSecurityPolicy: { scriptSrc: helmet === 'nonce' ? [NONCE] : ["'self'"] } }
  return [
    ...(helmet === undefined ? [] : [secureHeaders(policy)]),
    ...(packs === true ? [compress({ threshold: 0 })] : []),
    ...(sharing === undefined
      ? []
      : [sharing === 'varied' ? cors({ origin: [...ORIGINS] }) : careless]),
    ...(kind === undefined ? [] : [sessions(kind), csrf({ origin: () => true }), guard]),
    ...(tags === true ? [etag()] : []),
  ]
}

function sessionOf(context: Context): Record<string, unknown> {
  return context.get('session') as Record<string, unknown>
}

function visitorOf(context: Context): Visitor {
  return {
    header: (name) => context.req.header(name),
    session: () => sessionOf(context),
    csrfToken: () => {
      const session = sessionOf(context)
      session.csrf ??= randomUUID()
      return String(session.csrf)
    },
    nonce: () => String(context.get('secureHeadersNonce')),
  }
}

export const equippedHono: EquippedHost = ({ caches, options, place, equipment, routes }) => {
  const app = new Hono()
  if (place === 'outside') app.use(cacheSite(caches, options))
  for (const middleware of equipmentOf(equipment)) app.use(middleware)
  if (place === 'inside') app.use(cacheSite(caches, options))
  for (const [name, route] of Object.entries(routes)) {
    const [method = '', path = ''] = name.split(' ')
    app.on(method, path, async (context) => context.html(await route(visitorOf(context))))
  }
  return app
}
