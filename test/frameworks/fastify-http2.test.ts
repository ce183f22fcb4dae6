import { once } from 'node:events'
import { connect } from 'node:http2'
import fastify from 'fastify'
import { expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { cachePage, cacheSite, neverCache } from '../../src/frameworks/fastify.ts'

it('caches an instance that speaks HTTP/2', async () => {
  const caches = createCaches({ default: 'memory://' })
  const app = fastify({ http2: true })
  let pages = 0
  app.register(cacheSite(caches))
  app.get('/', { onRequest: cachePage(caches, { ttl: 60 }) }, () => `page ${++pages}`)
  app.get('/never', { onRequest: neverCache() }, () => `page ${++pages}`)
  const session = connect(await app.listen({ port: 0, host: '127.0.0.1' }))
  const ask = async (path: string) => {
    const stream = session.request({ ':path': path })
    const [headers] = await once(stream, 'response')
    let text = ''
    for await (const chunk of stream) text += chunk
    return { status: headers['cache-status'], text }
  }

  const answers = [await ask('/'), await ask('/'), await ask('/never'), await ask('/never')]
  session.close()
  await app.close()

  expect(answers.map(({ text }) => text)).toEqual(['page 1', 'page 1', 'page 2', 'page 3'])
  expect(answers[1]?.status).toBe('reprise; hit; ttl=60')
})
