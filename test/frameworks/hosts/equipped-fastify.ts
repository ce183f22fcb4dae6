import fastifyCompress from '@fastify/compress'
import fastifyCookie from '@fastify/cookie'
import fastifyCsrf from '@fastify/csrf-protection'
import fastifyHelmet from '@fastify/helmet'
import fastifySession, { type FastifySessionOptions } from '@fastify/session'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { cacheSite } from '../../../src/frameworks/fastify.ts'
import {
  type Equipment,
  type EquippedHost,
  GUARDED,
  type SessionKind,
  type Visitor,
} from './equipment.ts'
import { corsFields } from './equipped-express.ts'

const SESSIONS: Readonly<Record<SessionKind, Partial<FastifySessionOptions>>> = {
  lazy: { saveUninitialized: false, rolling: false },
  eager: { saveUninitialized: true },
  rolling: { saveUninitialized: false, rolling: true },
}

export async function registerEquipment(
  app: FastifyInstance,
  { compress, session: kind, helmet, cors, etag }: Equipment,
): Promise<void> {
  if (helmet !== undefined) {
    const policy = { directives: { scriptSrc: ["'self'"] } }
    await app.register(fastifyHelmet, {
      enableCSPNonces: helmet === 'nonce',
      contentSecurityPolicy: policy,
    })
  }
  if (compress === true) await app.register(fastifyCompress, { threshold: 0 })
  if (cors !== undefined) {
    app.addHook('onRequest', async (request, reply) => {
      for (const [name, value] of Object.entries(corsFields(cors, request.headers.origin))) {
        reply.header(name, value)
      }
    })
  }
  // As `@fastify/etag` does it.
  if (etag === true) {
    app.addHook('onSend', async (_request, reply, payload) => {
      if (typeof payload === 'string') reply.header('ETag', `W/"${payload.length}"`)
      return payload
    })
  }
  if (kind === undefined) return
  await app.register(fastifyCookie)
  await app.register(fastifySession, {
    secret: 'a secret of more than thirty-two characters',
    cookie: { secure: false },
    ...SESSIONS[kind],
  })
  await app.register(fastifyCsrf, { sessionPlugin: '@fastify/session' })
}

export function fastifyVisitor(request: FastifyRequest, reply: FastifyReply): Visitor {
  return {
    header: (name) => request.headers[name] as string | undefined,
    session: () => sessionOf(request),
    csrfToken: () => reply.generateCsrf(),
    nonce: () => reply.cspNonce.script,
  }
}

/** It is written to by `set` alone where the types are asked, and by assignment in fact. */
function sessionOf(request: FastifyRequest): Record<string, unknown> {
  return request.session as unknown as Record<string, unknown>
}

export const equippedFastify: EquippedHost = async (parts) => {
  const { caches, options, place, equipment, routes } = parts
  const app = fastify()
  if (place === 'outside') await app.register(cacheSite(caches, options))
  await registerEquipment(app, equipment)
  if (place === 'inside') await app.register(cacheSite(caches, options))
  for (const [name, route] of Object.entries(routes)) {
    const [method = '', url = ''] = name.split(' ')
    const isGuarded = name === GUARDED && equipment.session !== undefined
    app.route({
      method,
      url,
      ...(isGuarded ? { onRequest: app.csrfProtection } : {}),
      handler: async (request, reply) => {
        reply.type('text/html')
        return route(fastifyVisitor(request, reply))
      },
    })
  }
  return app
}
