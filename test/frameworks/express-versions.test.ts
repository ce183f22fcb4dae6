import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import express4 from 'express4'
import { describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { cachePage, cacheSite, purgePage } from '../../src/frameworks/express.ts'
import { wrapSite } from '../../src/frameworks/node.ts'
import { startServer } from '../support/http.ts'

const VERSIONS = [
  ['Express 5', express],
  ['Express 4', express4],
] as const

/** Pages that nobody can mistake for another. */
function counted(): RequestHandler {
  let count = 0
  return (request, response) => {
    response.send(`${request.originalUrl} ${++count}`)
  }
}

const sorry: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(503).send(`sorry: ${Object(error).message}`)
}

for (const [name, version] of VERSIONS) {
  describe(`${name}: its parts`, () => {
    async function start(build: (app: express.Express, caches: Caches) => void) {
      const caches = createCaches({ default: 'memory://' })
      const app = version()
      app.set('env', 'test')
      build(app, caches)
      const server = await startServer(app)
      const texts = async (...paths: string[]) => {
        const replies: string[] = []
        for (const path of paths) replies.push((await server.ask(path)).text)
        return replies
      }
      return { ...server, app, caches, texts }
    }

    it('a page of an application inside of another has the whole address', async () => {
      await using site = await start((app, caches) => {
        for (const path of ['/shop', '/blog']) {
          const inner = version()
          inner.get('/new', cachePage(caches), counted())
          app.use(path, inner)
        }
        app.get('/new', cachePage(caches), counted())
      })

      const texts = await site.texts('/shop/new', '/blog/new', '/new', '/shop/new', '/blog/new')
      const purged = await purgePage(site.caches, `http://127.0.0.1:${site.port}/shop/new`)
      const after = await site.texts('/shop/new', '/blog/new')

      expect(texts).toEqual(['/shop/new 1', '/blog/new 1', '/new 1', '/shop/new 1', '/blog/new 1'])
      expect([purged, after]).toEqual([true, ['/shop/new 2', '/blog/new 1']])
    })

    it('a router caches what is on it, and parameters are told apart', async () => {
      await using site = await start((app, caches) => {
        const router = version.Router({ mergeParams: true })
        router.use(cachePage(caches, { ttl: 60 }))
        router.get('/cities/:city', counted())
        app.use('/:country', router)
        app.use(counted())
      })

      const texts = await site.texts('/pe/cities/1', '/fr/cities/1', '/pe/cities/1', '/pe/cities/2')
      const others = await site.texts('/other', '/other')

      expect(texts).toEqual([
        '/pe/cities/1 1',
        '/fr/cities/1 2',
        '/pe/cities/1 1',
        '/pe/cities/2 3',
      ])
      expect(others).toEqual(['/other 1', '/other 1'])
    })

    it('a router that hands on to what is behind it caches that, and only below its path', async () => {
      await using site = await start((app, caches) => {
        const router = version.Router()
        router.use(cachePage(caches))
        app.use('/cached', router)
        app.use(counted())
      })

      expect(await site.texts('/cached/a', '/cached/a', '/a', '/a')).toEqual([
        '/cached/a 1',
        '/cached/a 1',
        '/a 2',
        '/a 3',
      ])
    })

    it.each(['before', 'behind'])(
      'body parsers %s the cache read what is posted',
      async (where) => {
        await using site = await start((app, caches) => {
          const parsers = [version.json(), version.urlencoded({ extended: false })]
          if (where === 'before') app.use(...parsers)
          app.use(cacheSite(caches))
          if (where === 'behind') app.use(...parsers)
          app.get('/', counted())
          app.post('/', (request, response) => {
            response.send(`posted ${request.body.name}`)
          })
        })
        const post = async (type: string, body: string) => {
          const headers = { 'Content-Type': type, 'Content-Length': body.length }
          return (await site.ask('/', { method: 'POST', headers, body })).text
        }

        const before = await site.texts('/')
        const posted = [
          await post('application/json', '{"name":"Ann"}'),
          await post('application/x-www-form-urlencoded', 'name=Bob'),
        ]

        expect(posted).toEqual(['posted Ann', 'posted Bob'])
        expect([before, await site.texts('/')]).toEqual([['/ 1'], ['/ 1']])
      },
    )

    it.each([true, false])('says what it is on a hit as on the page (%s)', async (isTold) => {
      await using site = await start((app, caches) => {
        if (!isTold) app.disable('x-powered-by')
        app.use(cacheSite(caches))
        app.get('/', counted())
      })
      await using wrapped = await startServer(wrapSite(site.caches, site.app, { keyPrefix: 'w' }))

      const replies = [
        await site.ask('/'),
        await site.ask('/'),
        await wrapped.ask('/'),
        await wrapped.ask('/'),
      ]

      expect(replies.map(({ headers }) => headers['x-powered-by'])).toEqual(
        Array(4).fill(isTold ? 'Express' : undefined),
      )
    })

    it('an error handler answers what throws, and that is not stored', async () => {
      let asked = 0
      await using site = await start((app, caches) => {
        app.use(cacheSite(caches))
        app.get('/thrown', () => {
          throw new Error(`thrown ${++asked}`)
        })
        app.get('/handed', (_request, _response, next) => {
          next(new Error(`handed ${++asked}`))
        })
        app.use(sorry)
      })

      const texts = await site.texts('/thrown', '/thrown', '/handed', '/handed')

      expect(texts).toEqual([
        'sorry: thrown 1',
        'sorry: thrown 2',
        'sorry: handed 3',
        'sorry: handed 4',
      ])
    })

    it('an option that throws ends no process: the page is rendered, and not stored', async () => {
      await using site = await start((app, caches) => {
        const vary = () => {
          throw new Error('vary failed')
        }
        app.use(cacheSite(caches, { vary }), counted())
        app.use(sorry)
      })

      expect(await site.texts('/', '/')).toEqual(['/ 1', '/ 2'])
    })

    it('names its hosts with their ports', async () => {
      await using site = await start((app, caches) => {
        app.use(cacheSite(caches), counted())
      })
      const ask = async (Host: string) => (await site.ask('/', { headers: { Host } })).text

      expect([
        await ask('a.example:1'),
        await ask('a.example:2'),
        await ask('a.example:1'),
      ]).toEqual(['/ 1', '/ 2', '/ 1'])
    })

    it('believes a proxy that it trusts, and no other', async () => {
      await using site = await start((app, caches) => {
        app.set('trust proxy', 'loopback')
        app.use(cacheSite(caches))
        app.get('/', counted())
      })
      const headers = {
        'X-Forwarded-Host': 'atlas.example:8080 , other',
        'X-Forwarded-Proto': 'https',
      }
      await site.ask('/', { headers })

      expect(await purgePage(site.caches, 'https://atlas.example:8080/')).toBe(true)
    })
  })
}
