import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { openTemplates, type Templates } from '../../support/nunjucks.ts'

let caches: Caches
let templates: Templates
let server: Server
let address: string

beforeEach(async () => {
  caches = createCaches({ default: 'memory://' })
  templates = openTemplates(caches, {
    'page.njk': '{{ site }} {{ user }}: {% cache 60, "side", user %}{{ run(user) }}{% endcache %}',
    'broken.njk': '{% cache "soon", "x" %}{% endcache %}',
  })
  const app = express()
  app.locals.site = 'atlas'
  app.set('view engine', 'njk')
  app.set('env', 'test')
  templates.fragments.express(app)
  app.get('/page/:user', (request, response) => {
    response.render('page.njk', { user: request.params.user })
  })
  app.get('/without-extension', (_request, response) => response.render('page', { user: 'x' }))
  app.get('/broken', (_request, response) => response.render('broken'))
  app.get('/missing', (_request, response) => response.render('missing'))
  app.use(((error, _request, response, _next) => {
    response.status(500).send(String(error.message))
  }) satisfies express.ErrorRequestHandler)
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.close()
  await caches.close()
})

describe('res.render', () => {
  it('renders with fragments cached, with the locals of the application', async () => {
    expect(await text('/page/ann')).toBe('atlas ann: ann')
    expect(await text('/page/bob')).toBe('atlas bob: bob')
    expect(await text('/page/ann')).toBe('atlas ann: ann')
    expect(templates.ran).toEqual(['ann', 'bob'])
  })

  it('adds the extension of the view engine', async () => {
    expect(await text('/without-extension')).toBe('atlas x: x')
  })

  it('hands errors to the error handler', async () => {
    expect(await text('/broken')).toContain('The `cache` tag "x" on line 1: `ttl` is "soon"')
    expect(await text('/missing')).toContain('template not found: missing.njk')
  })
})

it('needs an extension, or a view engine', () => {
  const app = express()
  templates.fragments.express(app)

  expect(() => app.render('page', () => {})).toThrow(/view "page" has no extension/)
})

async function text(path: string): Promise<string> {
  return (await fetch(address + path)).text()
}
