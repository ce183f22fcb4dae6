import { createHook } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { createCaches } from '../../src/caches.ts'
import { wrapSite } from '../../src/frameworks/node.ts'
import { startServer } from '../support/http.ts'

it('sends a page that is in this process without a promise, and without the application', async () => {
  let rendered = 0
  const site = wrapSite(createCaches({ default: 'memory://' }), (_request, response) => {
    rendered++
    response.end('page')
  })
  const made: number[] = []
  const counted = (request: IncomingMessage, response: ServerResponse) => {
    let promises = 0
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'PROMISE') promises++
      },
    })
    hook.enable()
    const returned = site(request, response)
    hook.disable()
    if (response.writableEnded) made.push(promises)
    return returned
  }
  await using server = await startServer(counted)
  const first = await server.ask('/')
  const second = await server.ask('/')

  expect([first.text, second.text]).toEqual(['page', 'page'])
  expect([rendered, made]).toEqual([1, [0]])
})
