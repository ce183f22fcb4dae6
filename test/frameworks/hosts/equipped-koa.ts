import { randomUUID } from 'node:crypto'
import Koa from 'koa'
import compress from 'koa-compress'
import { createSession } from 'koa-session'
import { cacheSite } from '../../../src/frameworks/koa.ts'
import { type Equipment, type EquippedHost, GUARDED, type Visitor } from './equipment.ts'
import { corsFields, helmetOf, nonceOf } from './equipped-express.ts'

function equip(app: Koa, { compress: packs, session: kind, helmet, cors, etag }: Equipment): void {
  if (helmet !== undefined) {
    const secure = helmetOf(helmet)
    app.use(async (context, next) => {
      await new Promise<void>((resolve) => secure(context.req, context.res, resolve))
      await next()
    })
  }
  if (packs === true) app.use(compress({ threshold: 0 }))
  // As `koa-conditional-get` and `koa-etag` do it.
  if (etag === true) {
    app.use(async (context, next) => {
      await next()
      const { body } = context
      if (context.response.get('ETag') === '' && typeof body === 'string') {
        context.etag = `W/"${body.length}"`
      }
      if (context.fresh) context.status = 304
    })
  }
  if (cors !== undefined) {
    app.use(async (context, next) => {
      for (const [name, value] of Object.entries(corsFields(cors, context.get('origin')))) {
        context.append(name, value ?? '')
      }
      await next()
    })
  }
  if (kind === undefined) return
  const store = new Map<string, Record<string, unknown>>()
  app.use(
    createSession(
      {
        signed: false,
        rolling: kind !== 'lazy',
        store: {
          get: async (key: string) => store.get(key),
          set: async (key: string, value: Record<string, unknown>) => {
            store.set(key, value)
          },
          destroy: async (key: string) => {
            store.delete(key)
          },
        },
      },
      app,
    ),
  )
  app.use(async (context, next) => {
    if (kind === 'eager') sessionOf(context).seen = true
    const isGuarded = `${context.method} ${context.path}` === GUARDED
    if (isGuarded && sessionOf(context).csrf !== context.get('x-csrf-token')) context.throw(403)
    await next()
  })
}

function sessionOf(context: Koa.Context): Record<string, unknown> {
  return context.session as Record<string, unknown>
}

function visitorOf(context: Koa.Context): Visitor {
  return {
    header: (name) => context.get(name) || undefined,
    session: () => sessionOf(context),
    csrfToken: () => {
      const session = sessionOf(context)
      session.csrf ??= randomUUID()
      return String(session.csrf)
    },
    nonce: () => nonceOf(context.res),
  }
}

export const equippedKoa: EquippedHost = ({ caches, options, place, equipment, routes }) => {
  const app = new Koa()
  app.silent = true
  if (place === 'outside') app.use(cacheSite(caches, options))
  equip(app, equipment)
  if (place === 'inside') app.use(cacheSite(caches, options))
  app.use(async (context) => {
    const route = routes[`${context.method} ${context.path}`]
    if (route === undefined) return
    context.type = 'html'
    context.body = await route(visitorOf(context))
  })
  return app
}
