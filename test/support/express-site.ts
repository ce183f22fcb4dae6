import express, { type RequestHandler } from 'express'
import { type Caches, createCaches } from '../../src/caches.ts'
import { startServer, type TestServer } from './http.ts'

/** A handler that counts its pages. */
export const counted = (): RequestHandler & { count: number } => {
  const handler: RequestHandler = (_request, response) => {
    handle.count++
    response.send(`page ${handle.count}`)
  }
  const handle = Object.assign(handler, { count: 0 })
  return handle
}

/** An Express application with caches in memory, on a loopback port. */
export function expressSite(build: (app: express.Express, caches: Caches) => void) {
  const app = express()
  const caches: Caches = createCaches({
    default: 'memory://',
    other: 'memory://?keyPrefix=other',
  })
  build(app, caches)
  return startServer(app)
}

/** The same request twice: the second one may come from the cache. */
export const askTwice = async (server: TestServer, path = '/', headers = {}) =>
  [await server.ask(path, { headers }), await server.ask(path, { headers })] as const
