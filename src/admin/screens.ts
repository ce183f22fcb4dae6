import type { KnownUser } from './access.ts'
import { type Answer, type Asked, ok, problem } from './answer.ts'
import type { AuditReply } from './api/actions.ts'
import type { AliasesReply } from './api/aliases.ts'
import type { HistoryReply } from './api/history.ts'
import type { AdminPermission, SessionReply } from './api/session.ts'
import { type HealthAlias, healthOf } from './health.ts'
import { isReadOnly, shownValues } from './options.ts'
import type { Overview } from './overview.ts'
import { type OverviewFeed, SHUT_DOWN } from './overview-feed.ts'
import type { AdminParts } from './parts.ts'
import { permissionsOf } from './permissions.ts'
import { connectionsReply } from './screens/connections.ts'
import { KeyShares } from './screens/key-shares.ts'
import { KeyScreens } from './screens/keys.ts'
import { spanOf } from './screens/server-detail.ts'
import { healthServers, serversReply } from './screens/servers.ts'
import { slabsReply } from './screens/slabs.ts'

export interface Screen {
  readonly needs: AdminPermission
  answer(asked: Asked): Answer | Promise<Answer>
}

/** What is looked at: `GET` and nothing changed. */
export class Screens {
  readonly #parts: AdminParts
  readonly #feed: OverviewFeed
  readonly #shares = new KeyShares()
  readonly #screens: ReadonlyMap<string, Screen>

  constructor(parts: AdminParts, feed: OverviewFeed) {
    this.#parts = parts
    this.#feed = feed
    const keys = new KeyScreens(parts)
    const view = (answer: Screen['answer']): Screen => ({ needs: 'view', answer })
    this.#screens = new Map<string, Screen>([
      ['/api/session', view(({ user }) => ok(this.#session(user)))],
      ['/api/overview', view(({ query }) => this.#feed.overview(query))],
      ['/api/history', view(({ query }) => this.#history(query))],
      ['/api/aliases', view(({ query }) => this.#withOverview(query, aliasesOf(parts)))],
      ['/api/pages', view(() => ok(parts.rendered.pages()))],
      ['/api/fragments', view(() => ok(parts.rendered.fragments()))],
      ['/api/servers', view(({ query }) => this.#servers(query))],
      ['/api/slabs', view(({ query }) => this.#slabs(query))],
      ['/api/connections', view(({ query }) => this.#connections(query))],
      ['/api/hot-keys', view(({ user }) => ok(parts.hotKeys.reply(this.#showsKeys(user))))],
      ['/api/health', view(({ query }) => this.#health(query))],
      ['/api/audit', view(() => ok(this.#audit()))],
      ['/api/requests', view(() => ok(parts.panel.reply()))],
      ['/api/keys', { needs: 'values', answer: (asked) => keys.list(asked.query, asked.signal) }],
      ['/api/key', { needs: 'values', answer: ({ query }) => keys.lookUp(query) }],
    ])
  }

  find(path: string): Screen | undefined {
    return this.#screens.get(path)
  }

  #showsKeys(user: KnownUser): boolean {
    return permissionsOf(this.#parts.options, user).includes('values')
  }

  #session(user: KnownUser): SessionReply {
    const { options, aliases, servers } = this.#parts
    return {
      schemaVersion: 1,
      title: options.title,
      environment: options.env.NODE_ENV || 'development',
      user: user.name,
      permissions: permissionsOf(options, user),
      readOnly: isReadOnly(options),
      values: shownValues(options),
      sampleMs: options.sampleMs,
      aliases: aliases.map(({ alias }) => alias),
      servers: servers.map(({ name }) => name),
    }
  }

  async #withOverview(
    query: URLSearchParams,
    reply: (overview: Overview) => object | Promise<object>,
  ): Promise<Answer> {
    const overview = await this.#feed.latest(query)
    return 'schemaVersion' in overview ? ok(await reply(overview)) : overview
  }

  async #history(query: URLSearchParams): Promise<Answer> {
    const { sampler } = this.#parts
    const resolution = Number(query.get('resolution') ?? '1')
    if (resolution !== 1 && resolution !== 10 && resolution !== 60) {
      return problem(400, '`resolution` must be 1, 10 or 60 seconds.')
    }
    await sampler.latest()
    const points =
      resolution === 1
        ? sampler.samples.map(({ point }) => point)
        : sampler.rings.points(resolution)
    const { markers } = sampler
    return ok({ schemaVersion: 1, resolution, points, markers } satisfies HistoryReply)
  }

  #servers(query: URLSearchParams): Promise<Answer> {
    return this.#withOverview(query, (overview) =>
      serversReply(this.#parts, overview, this.#shares),
    )
  }

  async #slabs(query: URLSearchParams): Promise<Answer> {
    const server = await this.#asked(query)
    if (server === undefined) return problem(404, 'There is no such server.')
    const span = spanOf(this.#parts.sampler.details, server.name)
    return ok(slabsReply(server.name, span, this.#errorOf(server.name)))
  }

  async #connections(query: URLSearchParams): Promise<Answer> {
    const server = await this.#asked(query)
    if (server === undefined) return problem(404, 'There is no such server.')
    const span = spanOf(this.#parts.sampler.details, server.name)
    const answer = await this.#parts.slow.connections(server.client, server.name)
    const error = answer?.error?.message ?? this.#errorOf(server.name)
    return ok(connectionsReply(server.name, span, answer?.value?.connections ?? [], error))
  }

  async #asked(query: URLSearchParams) {
    const server = this.#parts.server(query.get('server'))
    if (server !== undefined) await this.#parts.sampler.latest()
    return server
  }

  #errorOf(server: string): string | null {
    const reading = this.#parts.sampler.samples
      .at(-1)
      ?.servers.find((reading) => reading.server === server)
    return reading === undefined ? SHUT_DOWN : (reading.error ?? null)
  }

  #health(query: URLSearchParams): Promise<Answer> {
    const { aliases, rendered, sampler, options } = this.#parts
    return this.#withOverview(query, async (overview) => {
      return healthOf({
        servers: await healthServers(this.#parts, overview, this.#shares),
        aliases: aliases.map(({ alias, keyPrefix, ttl, client, store }): HealthAlias => {
          const figures = overview.aliases.find((one) => one.alias === alias)
          const errorsSinceStart = figures?.errorsSinceStart ?? 0
          return { alias, keyPrefix, place: client ?? store, ttl, errorsSinceStart }
        }),
        pages: rendered.pages().pages,
        history: sampler.rings.points(10),
        nowMs: options.clock.now(),
      })
    })
  }

  #audit(): AuditReply {
    return { schemaVersion: 1, entries: this.#parts.audit.entries }
  }
}

function aliasesOf({ aliasDetail }: AdminParts): (overview: Overview) => AliasesReply {
  return ({ aliases, seconds }) => ({
    schemaVersion: 1,
    seconds,
    aliases: aliases.map((figures) => ({ ...figures, ...aliasDetail.of(figures.alias) })),
  })
}
