import { type Caches, createCaches } from '../../../src/caches.ts'
import type { Site } from '../../../src/frameworks/node.ts'
import { wrapSite } from '../../../src/frameworks/node.ts'
import { listenerOf } from '../../../src/frameworks/site-app.ts'
import type { PageOptions } from '../../../src/http/page-options.ts'
import { startServer, type TestServer } from '../../support/http.ts'

/**
 * When a session gets its cookie: `lazy` once something is in it, `eager` with the first request,
 * `rolling` with each answer to who has one.
 */
export type SessionKind = 'lazy' | 'eager' | 'rolling'

/** The middleware of others that a site has. */
export interface Equipment {
  readonly compress?: boolean
  readonly session?: SessionKind
  /** `nonce`: the policy names a value that is made for each answer. */
  readonly helmet?: 'plain' | 'nonce'
  /** `careless`: the answer depends on `Origin`, and no `Vary` says so. */
  readonly cors?: 'varied' | 'careless'
  readonly etag?: boolean
}

/** Where the page cache stands: further out than all of {@link Equipment}, further in, or before the framework. */
export type Order = 'outside' | 'inside' | 'wrapSite'

/** What a handler is given, by the framework's own means. */
export interface Visitor {
  header(name: string): string | undefined
  /** What is kept for this visitor; it may be written to. */
  session(): Record<string, unknown>
  csrfToken(): string | Promise<string>
  nonce(): string
}

/** A handler, by method and path. */
export type Routes = Readonly<Record<string, (visitor: Visitor) => string | Promise<string>>>

export interface EquippedParts {
  readonly caches: Caches
  readonly options: PageOptions
  /** `undefined`: the page cache is mounted by somebody else. */
  readonly place: 'outside' | 'inside' | undefined
  readonly equipment: Equipment
  readonly routes: Routes
}

/** Builds an application with the middleware of its framework. */
export type EquippedHost = (parts: EquippedParts) => Site | Promise<Site>

/** The origins that the sites let in. */
export const ORIGINS: readonly string[] = ['https://a.example', 'https://b.example']

export const TEXT: string = '<li>Lagos, Lima, Lyon</li>\n'.repeat(200)

/** Where to post with a token. */
export const GUARDED = 'POST /form'

export interface EquippedSite extends TestServer {
  /** How often `/` was rendered. */
  readonly renders: number
  readonly caches: Caches
}

/** Starts a site in memory, on a free port. */
export async function startEquipped(
  host: EquippedHost,
  order: Order,
  equipment: Equipment,
  options: PageOptions = {},
): Promise<EquippedSite> {
  const caches = createCaches({ default: 'memory://' })
  let renders = 0
  let visitors = 0
  const routes: Routes = {
    'GET /': () => {
      renders++
      return TEXT
    },
    'GET /hello': (visitor) => `hello ${visitor.session().name ?? 'nobody'}`,
    'GET /visits': (visitor) => {
      const session = visitor.session()
      session.number ??= ++visitors
      return `visitor ${session.number}`
    },
    'POST /login': (visitor) => {
      visitor.session().name = visitor.header('x-name')
      return 'welcome'
    },
    'GET /form': (visitor) => visitor.csrfToken(),
    [GUARDED]: () => 'accepted',
    'GET /nonce': (visitor) => `<script nonce="${visitor.nonce()}"></script>`,
  }
  const place = order === 'wrapSite' ? undefined : order
  const site = await host({ caches, options, place, equipment, routes })
  const server = await startServer(
    order === 'wrapSite' ? wrapSite(caches, site, options) : listenerOf(site),
  )
  return {
    ...server,
    caches,
    get renders() {
      return renders
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await caches.close()
    },
  }
}
