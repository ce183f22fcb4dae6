import express from 'express'
import { expect, it } from 'vitest'
import { createCaches } from '../../../src/caches.ts'
import { cacheSite, pageHole, purgePage } from '../../../src/frameworks/express.ts'
import { startServer } from '../../support/http.ts'
import { startMemcached } from '../../support/memcached.ts'

it('fills the holes of a page in Memcached in two processes, also after a soft purge', async () => {
  await using memcached = await startMemcached()
  const url = `memcached://127.0.0.1:${memcached.port}`
  let renders = 0
  const start = async () => {
    const caches = createCaches({ default: url })
    const app = express()
    const holes = { greeting: async (request: express.Request) => request.get('cookie') ?? '' }
    const origin = 'https://site.example'
    app.use(cacheSite(caches, { holes, cookies: 'ignore', origin }))
    app.get('/', (_request, response) => {
      response.send(`<${pageHole('greeting', { row: 7 })}> ${++renders}`)
    })
    return { caches, site: await startServer(app) }
  }
  const one = await start()
  const other = await start()
  await using _one = one.site
  await using _other = other.site
  await using caches = one.caches
  await using _caches = other.caches
  const as = (Cookie: string) => ({ headers: { Cookie } })

  expect((await one.site.ask('/', as('ada'))).text).toBe('<ada> 1')
  expect((await other.site.ask('/', as('bob'))).text).toBe('<bob> 1')
  await purgePage(caches, 'https://site.example/', { mode: 'soft' })
  const texts = await Promise.all([one.site.ask('/', as('ada')), other.site.ask('/', as('bob'))])
  expect(renders).toBe(2)
  expect(texts.map(({ text }) => text.slice(0, 5))).toEqual(['<ada>', '<bob>'])
  expect((await other.site.ask('/', as('eve'))).text).toBe('<eve> 2')
})
