import { once } from 'node:events'
import { request } from 'node:http'
import { expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { cacheSite } from '../../src/frameworks/node.ts'
import { startServer } from '../support/http.ts'

it('passes informational responses on, and stores what comes after them', async () => {
  await using caches = createCaches({ default: 'memory://' })
  let renders = 0
  await using site = await startServer(
    cacheSite(caches)((_request, response) => {
      renders++
      response.writeProcessing()
      response.writeEarlyHints({ link: '</a.css>; rel=preload' })
      response.end('page')
    }),
  )
  const statuses: unknown[] = []
  const asking = request({ host: '127.0.0.1', port: site.port, agent: false })
  asking.on('information', ({ statusCode, headers }) => statuses.push([statusCode, headers.link]))
  asking.end()
  const [response] = await once(asking, 'response')
  response.resume()
  await once(response, 'end')
  const hit = await site.ask('/')

  expect(statuses).toEqual([
    [102, undefined],
    [103, '</a.css>; rel=preload'],
  ])
  expect([response.statusCode, hit.text, renders]).toEqual([200, 'page', 1])
  expect(hit.headers.link).toBeUndefined()
})
