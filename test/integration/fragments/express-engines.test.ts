import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Edge } from 'edge.js'
import ejs from 'ejs'
import { Eta } from 'eta'
import express from 'express'
import Handlebars from 'handlebars'
import { Liquid } from 'liquidjs'
import Mustache from 'mustache'
import pug from 'pug'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { cacheFragments as cacheEdge } from '../../../src/fragments/edge.ts'
import { cacheFragments as cacheEjs } from '../../../src/fragments/ejs.ts'
import { cacheFragments as cacheEta } from '../../../src/fragments/eta.ts'
import type { ExpressEngine } from '../../../src/fragments/express-engine.ts'
import { cacheFragments as cacheHandlebars } from '../../../src/fragments/handlebars.ts'
import { cacheFragments as cacheLiquid } from '../../../src/fragments/liquid.ts'
import { cacheFragments as cacheMustache } from '../../../src/fragments/mustache.ts'
import { cacheFragments as cachePug } from '../../../src/fragments/pug.ts'
import type { TemplateOptions } from '../../../src/fragments/templates.ts'

interface Opened {
  readonly engine: ExpressEngine
  /** What an application of this engine hands to `res.render` besides the values. */
  readonly locals?: object
}

interface ExpressCase {
  readonly name: string
  readonly extension: string
  /** By path in the views folder: `home` and `sub/inner` show `run(user)`, `broken` has a wrong ttl. */
  readonly views: Readonly<Record<string, string>>
  /** What `broken` is called in its error. */
  readonly broken: RegExp
  open(caches: Caches, folder: string, options: TemplateOptions): Opened
}

const cases: readonly ExpressCase[] = [
  {
    name: 'Handlebars',
    extension: 'hbs',
    views: {
      'part.hbs': '{{run}}',
      'home.hbs': '{{site}} {{user}}: {{#cache 60 "side" user}}{{> part}}{{/cache}}',
      'sub/inner.hbs': '[{{#cache 60 "inner" user}}{{> part}}{{/cache}}]',
      'broken.hbs': 'one\n{{#cache "soon" "x"}}{{/cache}}',
    },
    broken: /broken\.hbs.*line 2.*"soon"/,
    open(caches, folder, options) {
      const handlebars = Handlebars.create()
      const fragments = cacheHandlebars(handlebars, caches, options)
      handlebars.registerPartial('part', readFileSync(join(folder, 'part.hbs'), 'utf8'))
      return { engine: fragments.express }
    },
  },
  {
    name: 'Pug',
    extension: 'pug',
    views: {
      'layout.pug': '| #{site} #{user}: \nblock body',
      'part.pug': '| #{run()}',
      'home.pug': "extends layout\nblock body\n  +cache(60, 'side', user)\n    include part",
      'sub/inner.pug': "| [\n+cache(60, 'inner', user)\n  include ../part\n| ]",
      'broken.pug': "| one\n+cache('soon', 'x')\n  | two",
    },
    broken: /broken\.pug.*line 2.*"soon"/,
    open: (caches, _folder, options) => ({ engine: cachePug(pug, caches, options).express }),
  },
  {
    name: 'EJS',
    extension: 'ejs',
    views: {
      'part.ejs': '<%= run() %>',
      'home.ejs':
        "<%= site %> <%= user %>: <% cache('side', { ttl: 60, varyOn: [user] }) %><%- include('part') %><% endcache %>",
      'sub/inner.ejs':
        "[<% cache('inner', { ttl: 60, varyOn: [user] }) %><%- include('../part') %><% endcache %>]",
      'broken.ejs': "one\n<% cache('x', { ttl: 'soon' }) %><% endcache %>",
    },
    broken: /broken\.ejs.*line 2.*"soon"/,
    open: (caches, _folder, options) => ({ engine: cacheEjs(ejs, caches, options).express }),
  },
  {
    name: 'Eta',
    extension: 'eta',
    views: {
      'layout.eta': '<%= it.site %> <%= it.user %>: <%~ it.body %>',
      'part.eta': '<%= it.run() %>',
      'home.eta':
        "<% layout('./layout') %><% cache('side', { ttl: 60, varyOn: [it.user] }) %><%~ include('./part', it) %><% endcache %>",
      'sub/inner.eta':
        "[<% cache('inner', { ttl: 60, varyOn: [it.user] }) %><%~ include('../part', it) %><% endcache %>]",
      'broken.eta': "one\n<% cache('x', { ttl: 'soon' }) %><% endcache %>",
    },
    broken: /broken\.eta.*line 2.*"soon"/,
    open: (caches, folder, options) => ({
      engine: cacheEta(new Eta({ views: folder }), caches, options).express,
    }),
  },
  {
    name: 'Mustache',
    extension: 'mustache',
    views: {
      'part.mustache': '{{run}}',
      'home.mustache': '{{site}} {{user}}: {{#side}}{{> part}}{{/side}}',
      'sub/inner.mustache': '[{{#inner}}{{> part}}{{/inner}}]',
      'broken.mustache': 'one\n{{#wrong}}{{/wrong}}',
    },
    broken: /broken\.mustache.*line 2.*"soon"/,
    open(caches, folder, options) {
      const fragments = cacheMustache(Mustache, caches, options)
      const locals = {
        side: fragments.cache('side', (lookup) => ({ ttl: 60, varyOn: [lookup('user')] })),
        inner: fragments.cache('inner', (lookup) => ({ ttl: 60, varyOn: [lookup('user')] })),
        wrong: fragments.cache('x', { ttl: 'soon' as '1s' }),
        partials: { part: readFileSync(join(folder, 'part.mustache'), 'utf8') },
      }
      return { engine: fragments.express, locals }
    },
  },
  {
    name: 'Liquid',
    extension: 'liquid',
    views: {
      'layout.liquid': '{{ site }} {{ user }}: {% block body %}{% endblock %}',
      'part.liquid': '{{ counter.run }}',
      'home.liquid':
        '{% layout "./layout" %}{% block body %}{% cache 60, "side", user %}{% include "./part" %}{% endcache %}{% endblock %}',
      'sub/inner.liquid': '[{% cache 60, "inner", user %}{% include "../part" %}{% endcache %}]',
      'broken.liquid': 'one\n{% cache "soon", "x" %}{% endcache %}',
    },
    broken: /broken\.liquid.*line 2.*"soon"/,
    open: (caches, folder, options) => ({
      engine: cacheLiquid(new Liquid({ root: folder, extname: '.liquid' }), caches, options)
        .express,
    }),
  },
  {
    name: 'Edge',
    extension: 'edge',
    views: {
      'part.edge': '{{ run() }}',
      'home.edge':
        "{{ site }} {{ user }}: \n@cache('side', { ttl: 60, varyOn: [user] })\n@include('part')\n@end",
      'sub/inner.edge':
        "[\n@cache('inner', { ttl: 60, varyOn: [user] })\n@include('part')\n@end\n]",
      'broken.edge': "one\n@cache('x', { ttl: 'soon' })\n@end",
    },
    broken: /broken.*line 2.*"soon"/,
    open(caches, folder, options) {
      const edge = Edge.create()
      edge.mount(folder)
      return { engine: cacheEdge(edge, caches, options).express }
    },
  },
]

const root = mkdtempSync(join(tmpdir(), 'express-engines-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** In Pug, a line of text starts with a bar. */
const plain = (text: string, extension: string): string =>
  extension === 'pug' ? `| ${text}` : text

describe.each(cases)('res.render with $name', ({ extension, views, broken, open }) => {
  let caches: Caches
  let servers: Server[]
  let folder: string
  let ran: string[]

  beforeEach(async () => {
    caches = createCaches({ default: 'memory://' })
    ran = []
    servers = []
    folder = mkdtempSync(join(root, 'views-'))
    for (const [path, text] of Object.entries(views)) write(path, text)
  })
  afterEach(async () => {
    for (const server of servers) server.close()
    await caches.close()
  })

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }

  async function start(
    viewCache: boolean,
    options: TemplateOptions = {},
  ): Promise<(path: string) => Promise<string>> {
    const app = express()
    const { engine, locals } = open(caches, folder, options)
    app.locals.site = 'atlas'
    app.set('env', 'test')
    app.set('views', folder)
    app.set('view engine', extension)
    app.set('view cache', viewCache)
    app.engine(extension, engine)
    app.get('/:user/*view', (request, response) => {
      const { user, view } = request.params
      const run = () => {
        ran.push(user)
        return user.toUpperCase()
      }
      // Liquid calls no functions: it reads a property.
      const counter = Object.defineProperty({}, 'run', { get: run, enumerable: true })
      response.render([view].flat().join('/'), { user, run, counter, ...locals })
    })
    app.use(((error, _request, response, _next) => {
      response.status(500).send(String(error.message))
    }) satisfies express.ErrorRequestHandler)
    const server = createServer(app).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return (await response.text()).replace(/\s*\n\s*/g, '')
    }
  }

  it.each([true, false])('caches fragments, with `view cache` %s', async (viewCache) => {
    const get = await start(viewCache)

    expect(await get('/ann/home')).toMatch(/^atlas ann: ?ANN$/)
    expect(await get('/bob/home')).toMatch(/^atlas bob: ?BOB$/)
    expect(await get('/ann/home')).toMatch(/^atlas ann: ?ANN$/)
    expect(ran).toEqual(['ann', 'bob'])
  })

  it('renders a view of a folder, with what it includes from elsewhere', async () => {
    const get = await start(false)

    expect(await get('/ann/sub/inner')).toBe('[ANN]')
    expect(await get('/ann/sub/inner')).toBe('[ANN]')
    expect(ran).toEqual(['ann'])
  })

  it('reads a view anew where `view cache` is off', async () => {
    const get = await start(false)
    write(`plain.${extension}`, plain('old', extension))
    expect(await get('/ann/plain')).toBe('old')

    write(`plain.${extension}`, plain('new', extension))
    expect(await get('/ann/plain')).toBe('new')
  })

  it('renders anew what has another template or partial after a deploy, with `digest`', async () => {
    const deployed = async (): Promise<number> => {
      const get = await start(true, { digest: true })
      await get('/ann/home')
      await get('/ann/home')
      return ran.length
    }
    const home = views[`home.${extension}`] ?? ''
    const part = views[`part.${extension}`] ?? ''

    expect(await deployed()).toBe(1)
    expect(await deployed()).toBe(1)
    write(`part.${extension}`, `${part}!`)
    expect(await deployed()).toBe(2)
    write(`home.${extension}`, `${home}\n${plain('  !', extension).replace(/^\|/, '  |')}`)
    expect(await deployed()).toBe(3)
    expect(await deployed()).toBe(3)
    write(`part.${extension}`, part)
    write(`home.${extension}`, home)
    expect(await deployed()).toBe(3)
  })

  it('hands errors to the error handler, with the template and the line', async () => {
    const get = await start(true)

    expect(await get('/ann/broken')).toMatch(broken)
    expect(await get('/ann/missing')).toContain('Failed to lookup view "missing"')
  })
})
