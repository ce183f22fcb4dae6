import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import compression from 'compression'
import express from 'express'
import { expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { cachePage, cacheSite, pageHole } from '../../src/frameworks/express.ts'
import { startServer } from '../support/http.ts'

const cookieOf = (request: express.Request) => request.get('cookie') ?? 'nobody'
const holes = { greeting: cookieOf, slow: async () => setImmediate('slow') }

function siteOf(app: express.Express) {
  app.set('env', 'test')
  return startServer(app)
}

it('compresses further out what each visitor is sent', async () => {
  await using caches = createCaches({ default: 'memory://' })
  const app = express()
  app.use(compression({ threshold: 0 }), cacheSite(caches, { holes, cookies: 'ignore' }))
  app.get('/', (_request, response) => response.send(`<${pageHole('greeting')}>`))
  await using site = await siteOf(app)

  const seen: string[] = []
  for (const Cookie of ['ada', 'bob']) {
    const reply = await site.ask('/', { headers: { Cookie, 'Accept-Encoding': 'gzip' } })
    seen.push(gunzipSync(reply.body).toString())
  }

  expect(seen).toEqual(['<ada>', '<bob>'])
})

it('sends nothing of what is compressed further in', async () => {
  await using caches = createCaches({ default: 'memory://' })
  const app = express()
  app.use(cacheSite(caches, { holes, cookies: 'ignore' }), compression({ threshold: 0 }))
  app.get('/', (_request, response) => response.send(`<${pageHole('greeting')}>`))
  await using site = await siteOf(app)

  const reply = await site.ask('/', { headers: { 'Accept-Encoding': 'gzip' } })

  expect([reply.status, reply.text]).toEqual([500, ''])
})

it('fills the holes of a site in a page of its own further in', async () => {
  await using caches = createCaches({ default: 'memory://' })
  const app = express()
  let renders = 0
  app.use(cacheSite(caches, { holes, cookies: 'ignore' }))
  app.use((_request, response, next) => {
    response.locals.greeting = pageHole('greeting')
    next()
  })
  const inner = { holes: { ...holes, inner: () => 'inner' }, cookies: 'ignore' } as const
  app.get('/', cachePage(caches, inner), (_request, response) => {
    renders++
    response.send(`<${response.locals.greeting}|${pageHole('inner')}>`)
  })
  await using site = await siteOf(app)

  const seen: string[] = []
  for (const Cookie of ['ada', 'bob', 'eve']) {
    seen.push((await site.ask('/', { headers: { Cookie } })).text)
  }

  expect(seen).toEqual(['<ada|inner>', '<bob|inner>', '<eve|inner>'])
  expect(renders).toBe(1)
})

it('refuses a hole once the head is sent, and stores nothing of that', async () => {
  await using caches = createCaches({ default: 'memory://' })
  const app = express()
  const errors: string[] = []
  app.use(cacheSite(caches, { holes }))
  app.get('/', (_request, response) => {
    response.write('<')
    try {
      response.write(pageHole('greeting'))
    } catch (error) {
      errors.push(String(error))
    }
    response.end('>')
  })
  await using site = await siteOf(app)

  expect((await site.ask('/')).text).toBe('<>')
  expect(errors[0]).toContain('comes too late')
})

it('stores nothing of a page whose visitor has gone', async () => {
  await using caches = createCaches({ default: 'memory://' })
  const app = express()
  let renders = 0
  app.use(cacheSite(caches, { holes }))
  app.get('/', (_request, response) => {
    renders++
    response.write(`${pageHole('slow')} begins`)
    if (renders > 1) response.end(' and ends')
  })
  await using site = await siteOf(app)

  const answer = await site.open('/')
  await once(answer, 'data')
  answer.destroy()
  const { text } = await site.ask('/')

  expect([text, renders]).toEqual(['slow begins and ends', 2])
})

it('lets a writer wait, and holds no more than it was given', async () => {
  await using caches = createCaches({ default: 'memory://' })
  const app = express()
  app.use(cacheSite(caches, { holes }))
  let drains = 0
  app.get('/', async (_request, response) => {
    response.write(pageHole('slow'))
    for (let i = 0; i < 100; i++) {
      if (response.write(Buffer.alloc(65_536, 'a'))) continue
      await once(response, 'drain')
      drains++
    }
    response.end('end')
  })
  await using site = await siteOf(app)

  const { body } = await site.ask('/')

  expect(body.length).toBe(4 + 6_553_600 + 3)
  expect(drains).toBe(100)
})
