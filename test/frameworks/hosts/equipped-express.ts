import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import compression from 'compression'
import { csrfSync } from 'csrf-sync'
import type express from 'express'
import type { Request, RequestHandler, Response } from 'express'
import session from 'express-session'
import helmet from 'helmet'
import { cacheSite } from '../../../src/frameworks/express.ts'
import {
  type Equipment,
  type EquippedHost,
  GUARDED,
  ORIGINS,
  type SessionKind,
  type Visitor,
} from './equipment.ts'

const SESSIONS: Readonly<Record<SessionKind, Partial<session.SessionOptions>>> = {
  lazy: { resave: false, saveUninitialized: false },
  eager: { resave: true, saveUninitialized: true },
  rolling: { resave: false, saveUninitialized: false, rolling: true },
}

/** The nonce is an object's own, so that a middleware of any framework finds it. */
const nonces = new WeakMap<ServerResponse, string>()

export function nonceOf(response: ServerResponse): string {
  const nonce = nonces.get(response) ?? randomUUID()
  nonces.set(response, nonce)
  return nonce
}

/** Helmet, as middleware of whoever has what Node has. */
export function helmetOf(
  kind: 'plain' | 'nonce',
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  if (kind === 'plain') return helmet()
  const nonce = (_request: IncomingMessage, response: ServerResponse) =>
    `'nonce-${nonceOf(response)}'`
  return helmet({ contentSecurityPolicy: { directives: { scriptSrc: [nonce] } } })
}

/** Answers each of `ORIGINS` with its own name. */
export function corsFields(kind: 'varied' | 'careless', origin: string | undefined) {
  return {
    ...(kind === 'varied' ? { Vary: 'Origin' } : {}),
    ...(ORIGINS.includes(origin ?? '') ? { 'Access-Control-Allow-Origin': origin } : {}),
  }
}

const csrf = csrfSync({
  getTokenFromRequest: (request) => request.get('x-csrf-token'),
  skipCsrfProtection: (request) => `${request.method} ${request.path}` !== GUARDED,
})

export function expressEquipment(equipment: Equipment): RequestHandler[] {
  const { compress, session: kind, helmet: policy, cors } = equipment
  const sharing: RequestHandler = (request, response, next) => {
    response.set(corsFields(cors ?? 'varied', request.get('origin')))
    next()
  }
  return [
    ...(policy === undefined ? [] : [helmetOf(policy) as RequestHandler]),
    ...(compress === true ? [compression({ threshold: 0 })] : []),
    ...(cors === undefined ? [] : [sharing]),
    ...(kind === undefined
      ? []
      : [session({ secret: 'test', ...SESSIONS[kind] }), csrf.csrfSynchronisedProtection]),
  ]
}

export function expressVisitor(request: Request, response: Response): Visitor {
  return {
    header: (name) => request.get(name),
    session: () => request.session as unknown as Record<string, unknown>,
    csrfToken: () => csrf.generateToken(request),
    nonce: () => nonceOf(response),
  }
}

export const equippedExpress =
  (version: typeof express): EquippedHost =>
  ({ caches, options, place, equipment, routes }) => {
    const app = version()
    app.set('env', 'test')
    if (equipment.etag !== true) app.disable('etag')
    if (place === 'outside') app.use(cacheSite(caches, options))
    for (const middleware of expressEquipment(equipment)) app.use(middleware)
    if (place === 'inside') app.use(cacheSite(caches, options))
    for (const [name, route] of Object.entries(routes)) {
      const [method, path = ''] = name.split(' ')
      const handler: RequestHandler = (request, response, next) => {
        const send = async () => {
          response.send(await route(expressVisitor(request, response)))
        }
        send().catch(next)
      }
      if (method === 'GET') app.get(path, handler)
      else app.post(path, handler)
    }
    return app
  }
