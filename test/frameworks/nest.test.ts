import 'reflect-metadata'
import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Get,
  Header,
  type INestApplication,
  NotFoundException,
  Res,
  StreamableFile,
} from '@nestjs/common'
import type { Response } from 'express'
import type { FastifyReply } from 'fastify'
import { map, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  CacheControl,
  CachePage,
  cacheSite,
  NeverCache,
  purgePage,
  VaryOnHeaders,
} from '../../src/frameworks/nest.ts'
import { decorateMethod, type Platform, startNest } from './hosts/nest-server.ts'

const count = () => {
  let pages = 0
  return () => `page ${++pages}`
}

describe.each<Platform>(['express', 'fastify'])('on %s', (platform) => {
  it('caches every handler of a controller but those that must not be', async () => {
    class Site {
      readonly a = count()
      readonly b = count()
      page() {
        return this.a()
      }
      never() {
        return this.b()
      }
    }
    decorateMethod(Site, 'page', [Get('page')])
    decorateMethod(Site, 'never', [Get('never'), NeverCache()])
    CachePage({ ttl: 60 })(Site)
    await using server = await startNest(platform, Site)

    expect([await server.texts('/page'), await server.texts('/never')]).toEqual([
      ['page 1', 'page 1'],
      ['page 1', 'page 2'],
    ])
  })

  it('does not mind in which order decorators stand', async () => {
    class Site {
      readonly a = count()
      readonly b = count()
      above() {
        return this.a()
      }
      below() {
        return this.b()
      }
    }
    const page = CachePage()
    const others = [VaryOnHeaders('X-B'), VaryOnHeaders('X-A'), CacheControl({ maxAge: 30 })]
    decorateMethod(Site, 'above', [Get('above'), ...others, page])
    decorateMethod(Site, 'below', [page, ...others, Get('below')])
    await using server = await startNest(platform, Site)

    for (const path of ['/above', '/below']) {
      const [first] = await server.texts(path)
      const hit = await server.ask(path)
      expect([first, hit.text, hit.headers['cache-control']]).toEqual([
        'page 1',
        'page 1',
        'max-age=30',
      ])
      expect(hit.headers['cache-status']).toMatch(/^reprise; hit; ttl=30/)
      expect(hit.headers.vary).toBe('X-A, X-B, Cookie')
      expect((await server.ask(path, { headers: { 'X-A': 'other' } })).text).toBe('page 2')
    }
  })

  it('sends a hit after the guards have said yes', async () => {
    class Guard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        return context.switchToHttp().getRequest().headers['x-key'] === 'open'
      }
    }
    class Site {
      readonly a = count()
      page() {
        return this.a()
      }
    }
    decorateMethod(Site, 'page', [Get(), CachePage()])
    await using server = await startNest(platform, Site, (app) => app.useGlobalGuards(new Guard()))

    expect(await server.texts('/', { 'X-Key': 'open' })).toEqual(['page 1', 'page 1'])
    expect((await server.ask('/')).status).toBe(403)
  })

  it('lets interceptors further out come to their end, and reports nothing', async () => {
    const seen: unknown[] = []
    const errors: unknown[] = []
    class Site {
      page() {
        return { page: 1 }
      }
    }
    decorateMethod(Site, 'page', [Get(), CachePage()])
    const envelope = {
      intercept: (_context: ExecutionContext, next: CallHandler) =>
        next.handle().pipe(map((data) => ({ data }))),
    }
    const watch = {
      intercept: (_context: ExecutionContext, next: CallHandler) =>
        next
          .handle()
          .pipe(tap({ next: (value) => seen.push(value), complete: () => seen.push('end') })),
    }
    await using server = await startNest(platform, Site, (app) => {
      app.useGlobalInterceptors(envelope, watch)
      app.useGlobalFilters({ catch: (error: unknown) => errors.push(error) })
    })

    expect(await server.texts('/')).toEqual(['{"data":{"page":1}}', '{"data":{"page":1}}'])
    expect(seen).toEqual([{ page: 1 }, 'end', undefined, 'end'])
    expect(errors).toEqual([])
  })

  it('keeps what a handler sends by itself, and what it streams', async () => {
    class Site {
      readonly a = count()
      readonly b = count()
      own(response: Response | FastifyReply) {
        response.header('X-Own', 'here').send(this.a())
      }
      file() {
        return new StreamableFile(Buffer.from(this.b()))
      }
    }
    Res()(Site.prototype, 'own', 0)
    decorateMethod(Site, 'own', [Get('own'), CachePage()])
    decorateMethod(Site, 'file', [Get('file'), CachePage()])
    await using server = await startNest(platform, Site)

    expect([await server.texts('/own'), await server.texts('/file')]).toEqual([
      ['page 1', 'page 1'],
      ['page 1', 'page 1'],
    ])
    expect((await server.ask('/own')).headers['x-own']).toBe('here')
  })

  it('sends the headers of decorators with a hit', async () => {
    class Site {
      page() {
        return 'page'
      }
    }
    decorateMethod(Site, 'page', [Get(), Header('X-Frame-Options', 'DENY'), CachePage()])
    await using server = await startNest(platform, Site)

    await server.ask('/')
    const hit = await server.ask('/')

    expect(hit.headers).toMatchObject({
      'x-frame-options': 'DENY',
      'cache-status': 'reprise; hit; ttl=600',
    })
  })

  it('stores nothing of what a filter answers', async () => {
    let isThere = false
    class Site {
      page() {
        if (!isThere) throw new NotFoundException()
        return 'page'
      }
    }
    decorateMethod(Site, 'page', [Get(), CachePage()])
    await using server = await startNest(platform, Site)

    const missing = await server.ask('/')
    isThere = true

    expect([missing.status, (await server.ask('/')).text]).toEqual([404, 'page'])
  })

  it('gives a page of a cached site its own lifetime, and removes it', async () => {
    class Site {
      readonly a = count()
      page() {
        return this.a()
      }
    }
    decorateMethod(Site, 'page', [Get(), CachePage({ ttl: 900 })])
    await using server = await startNest(platform, Site, (app, caches) =>
      cacheSite(app, caches, { ttl: 60 }),
    )

    await server.texts('/')
    const hit = await server.ask('/')
    const removed = await purgePage(server.caches, `http://127.0.0.1:${server.port}/`)

    expect([hit.text, hit.headers['cache-status']]).toEqual(['page 1', 'reprise; hit; ttl=900'])
    expect([removed, (await server.ask('/')).text]).toEqual([true, 'page 2'])
  })

  it('does not start where nobody gives the caches', async () => {
    class Site {
      page() {
        return 'page'
      }
    }
    decorateMethod(Site, 'page', [Get(), CachePage()])

    await expect(startNest(platform, Site, () => {}, { isCached: false })).rejects.toThrow(
      'import `RepriseModule.forRoot(caches)` in the root module',
    )
  })
})

it('says which adapters cacheSite knows', () => {
  const app = { getHttpAdapter: () => ({ getType: () => 'uws', getInstance: () => ({}) }) }
  expect(() => cacheSite(app as unknown as INestApplication, {} as never)).toThrow(
    'The adapter of this Nest application is "uws": it must be Express or Fastify.',
  )
})
