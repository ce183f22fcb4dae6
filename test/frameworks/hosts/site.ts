import type { Readable } from 'node:stream'
import { type Caches, createCaches } from '../../../src/caches.ts'
import type { Listener, NodePageOptions } from '../../../src/frameworks/node.ts'
import type { CacheControlDirectives } from '../../../src/http/cache-control.ts'
import type { PageOptions } from '../../../src/http/page-options.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { startServer, type TestServer } from '../../support/http.ts'

/** A request as a handler of the framework sees it, read by the framework's own means. */
export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly target: string
  header(name: string): string | undefined
}

/** What a handler gives its framework, in the framework's own way. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body: string | Buffer | Readable
}

export type Page = (asked: Asked) => Answer | Promise<Answer>

/** What stands between the cache and the page. */
export interface Policies {
  readonly neverCache?: boolean
  readonly cacheControl?: CacheControlDirectives
  readonly varyOnHeaders?: readonly string[]
  readonly varyOnCookie?: boolean
  readonly conditionalGet?: boolean
}

export interface HostParts {
  readonly caches: Caches
  readonly options: PageOptions & Pick<NodePageOptions, 'alias'>
  readonly policies: Policies
  readonly page: Page
}

/** Puts the page cache in front of a page in one framework. */
export type Host = (parts: HostParts) => Listener | Promise<Listener>

export interface HostedSite extends TestServer {
  readonly caches: Caches
  readonly clock: FakeClock
  /** How often the page was rendered. */
  readonly renders: number
  /** The text of two answers to the same question. */
  twice(path?: string, headers?: Record<string, string>): Promise<[string, string]>
}

/** Starts a site in memory, on a free port. */
export async function startHosted(
  host: Host,
  page: Page,
  options: HostParts['options'] = {},
  policies: Policies = {},
): Promise<HostedSite> {
  const clock = new FakeClock()
  const caches = createCaches({ default: 'memory://' }, { clock })
  let renders = 0
  const counted: Page = (asked) => {
    renders++
    return page(asked)
  }
  const server = await startServer(await host({ caches, options, policies, page: counted }))
  return {
    ...server,
    caches,
    clock,
    get renders() {
      return renders
    },
    async twice(path = '/', headers = {}) {
      const first = await server.ask(path, { headers })
      const second = await server.ask(path, { headers })
      return [first.text, second.text]
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await caches.close()
    },
  }
}

/** A page that nobody can mistake for another. */
export function countedPage(headers: Answer['headers'] = {}, status = 200): Page {
  let count = 0
  return () => ({
    status,
    headers: { 'Content-Type': 'text/plain', ...headers },
    body: `page ${++count}`,
  })
}
