import type { ActionMessage } from '../channels.ts'
import { CacheError } from '../errors.ts'
import type { KnownUser } from './access.ts'
import { type Answer, ok, problem } from './answer.ts'
import type { ActionName, ActionReply } from './api/actions.ts'
import type { AdminPermission } from './api/session.ts'
import type { AdminAlias, AdminParts, AdminServer } from './parts.ts'
import { missing } from './permissions.ts'
import { deletePrefix, MOST_DELETED, USUALLY_DELETED } from './prefix-deletion.ts'

const NEEDS: Readonly<Record<ActionName, AdminPermission>> = {
  clear: 'bump',
  'invalidate-tags': 'invalidate',
  'delete-key': 'delete',
  'delete-prefix': 'delete',
  'flush-server': 'flush',
}

const TARGETS: Readonly<Record<ActionName, ActionMessage['target']>> = {
  clear: 'alias',
  'invalidate-tags': 'tags',
  'delete-key': 'key',
  'delete-prefix': 'prefix',
  'flush-server': 'server',
}

const MAX_TAGS = 100

/** What an action came to. */
export type Outcome = Pick<ActionReply, 'count' | 'complete' | 'message'>

/** An action that is understood: what it is about, for the record, and what does it. */
interface Planned {
  readonly about: Pick<ActionMessage, 'target' | 'alias' | 'server' | 'key'>
  /** In words; keys and tags only where they may be told. */
  readonly target: string
  run(): Promise<Outcome>
}

type Body = Readonly<Record<string, unknown>>

/** Does by hand what the application does by code: each needs its permission, and each is recorded. */
export class Actions {
  readonly #parts: AdminParts
  /** Those that walk over all keys: one at a time. */
  #isWalking = false

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  static isAction(name: string): name is ActionName {
    return Object.hasOwn(NEEDS, name)
  }

  async run(name: ActionName, body: Body, user: KnownUser): Promise<Answer> {
    const refused = missing(this.#parts.options, user, NEEDS[name])
    if (refused !== undefined) {
      const alias = this.#parts.alias(body.alias)?.alias
      const about = { target: TARGETS[name], ...(alias === undefined ? {} : { alias }) }
      this.#note(name, user, { about, target: alias ?? '' }, 'refused', refused)
      return problem(403, refused)
    }
    const planned = this.#plan(name, body)
    if (!('about' in planned)) return planned
    const { clock } = this.#parts.options
    const began = clock.monotonic()
    try {
      const outcome = await planned.run()
      this.#note(name, user, planned, 'done', outcome.message)
      const tookMs = clock.monotonic() - began
      return ok({ schemaVersion: 1, ok: true, ...outcome, tookMs } satisfies ActionReply)
    } catch (error) {
      if (!CacheError.is(error)) throw error
      this.#noteFailure(name, user, planned, error)
      const isWrong = error.code === 'ERR_KEY_INVALID' || error.code === 'ERR_OPTION_INVALID'
      return problem(isWrong ? 400 : 502, error.message)
    }
  }

  /** What an error says may name the key. */
  #noteFailure(name: ActionName, user: KnownUser, planned: Planned, error: CacheError): void {
    const { target } = planned.about
    const tells = this.#parts.options.auditKeys || target === 'alias' || target === 'server'
    const message = tells ? error.message : `It failed: ${error.code}.`
    this.#note(name, user, planned, 'failed', message, tells ? error : undefined)
  }

  #note(
    action: ActionName,
    { name: actor }: KnownUser,
    { about, target }: Pick<Planned, 'about' | 'target'>,
    result: ActionMessage['result'],
    message: string,
    error?: unknown,
  ): void {
    const told: ActionMessage = { actor, action, ...about, result }
    this.#parts.audit.note(error === undefined ? told : { ...told, error }, target, message)
  }

  #plan(name: ActionName, body: Body): Planned | Answer {
    switch (name) {
      case 'clear':
        return this.#withAlias(body, (alias) => this.#clear(alias, body))
      case 'invalidate-tags':
        return this.#withAlias(body, (alias) => this.#invalidateTags(alias, body))
      case 'delete-key':
        return this.#deleteKey(body)
      case 'delete-prefix':
        return this.#deletePrefix(body)
      case 'flush-server':
        return this.#flush(body)
    }
  }

  #withAlias(body: Body, plan: (alias: AdminAlias) => Planned | Answer): Planned | Answer {
    const alias = this.#parts.alias(body.alias)
    return alias === undefined ? problem(404, 'There is no such alias.') : plan(alias)
  }

  #clear({ alias, cache, client }: AdminAlias, { confirm }: Body): Planned | Answer {
    if (confirm !== alias) return problem(400, '`confirm` must be the name of the alias.')
    const run = async (): Promise<Outcome> => {
      await cache.clear()
      return { count: null, complete: true, message: `The alias ${alias} is empty.` }
    }
    const about = { target: 'alias', alias } as const
    return { about, target: alias, run: client === undefined ? run : () => this.#walk(run) }
  }

  #invalidateTags({ alias, cache }: AdminAlias, { tags, mode }: Body): Planned | Answer {
    if (!isTags(tags)) return problem(400, `\`tags\` must be a list of 1 to ${MAX_TAGS} strings.`)
    if (mode !== undefined && mode !== 'soft' && mode !== 'hard') {
      return problem(400, "`mode` must be 'soft' or 'hard'.")
    }
    return {
      about: { target: 'tags', alias },
      target: this.#parts.options.auditKeys ? `${alias}: ${tags.join(', ')}` : alias,
      run: async () => {
        const isDone = await cache.invalidateTags(tags, mode === undefined ? {} : { mode })
        if (!isDone) throw new CacheError('ERR_CONNECTION', 'Not every tag could be invalidated.')
        const what = tags.length === 1 ? 'The tag is' : `${tags.length} tags are`
        return { count: tags.length, complete: true, message: `${what} invalid.` }
      },
    }
  }

  #deleteKey(body: Body): Planned | Answer {
    const { key } = body
    if (typeof key !== 'string' || key === '') return problem(400, '`key` must be a string.')
    if (body.alias !== undefined) {
      return this.#withAlias(body, ({ alias, cache }) => {
        return this.#deletion(key, alias, () => cache.delete(key))
      })
    }
    // As it is on the server: of whichever alias, or of another application.
    const clients = this.#parts.clients
    if (clients.length === 0) return problem(400, '`alias` must name one.')
    return this.#deletion(key, undefined, async () => {
      const deleted = await Promise.all(clients.map((client) => client.metaDelete(key)))
      return deleted.includes('deleted')
    })
  }

  #deletion(key: string, alias: string | undefined, run: () => Promise<boolean>): Planned {
    const shown = this.#parts.options.auditKeys ? key : 'a key'
    return {
      about: {
        target: 'key',
        ...(alias === undefined ? {} : { alias }),
        ...(this.#parts.options.auditKeys ? { key } : {}),
      },
      target: alias === undefined ? shown : `${alias}: ${shown}`,
      run: async () => {
        const deleted = await run()
        const message = deleted ? 'The key is deleted.' : 'There was no such key.'
        return { count: deleted ? 1 : 0, complete: true, message }
      },
    }
  }

  #deletePrefix({
    prefix,
    limit = USUALLY_DELETED,
    dryRun = false,
    confirm,
  }: Body): Planned | Answer {
    if (typeof prefix !== 'string' || prefix === '') {
      return problem(400, '`prefix` must be a string, and not empty.')
    }
    if (
      typeof limit !== 'number' ||
      !Number.isInteger(limit) ||
      limit < 1 ||
      limit > MOST_DELETED
    ) {
      return problem(400, `\`limit\` must be from 1 to ${MOST_DELETED}.`)
    }
    if (typeof dryRun !== 'boolean') return problem(400, '`dryRun` must be true or false.')
    if (!dryRun && confirm !== prefix) return problem(400, '`confirm` must be the prefix.')
    const { clients, options } = this.#parts
    if (clients.length === 0) return problem(400, 'There are no servers whose keys are listed.')
    return {
      about: { target: 'prefix', ...(options.auditKeys ? { key: prefix } : {}) },
      target: options.auditKeys ? prefix : 'a prefix',
      run: () => this.#walk(() => deletePrefix(clients, { prefix, limit, dryRun })),
    }
  }

  #flush({ server: name, confirm }: Body): Planned | Answer {
    const server = this.#parts.server(typeof name === 'string' ? name : null)
    if (server === undefined) return problem(404, 'There is no such server.')
    if (confirm !== server.name) return problem(400, '`confirm` must be the name of the server.')
    return {
      about: { target: 'server', server: server.name },
      target: server.name,
      run: () => flush(server),
    }
  }

  async #walk(run: () => Promise<Outcome>): Promise<Outcome> {
    if (this.#isWalking) {
      throw new CacheError('ERR_OVERLOADED', 'Somebody deletes many keys already: one at a time.')
    }
    this.#isWalking = true
    try {
      return await run()
    } finally {
      this.#isWalking = false
    }
  }
}

async function flush({ client, name }: AdminServer): Promise<Outcome> {
  const [answer] = await client.flushAll({ servers: [name] })
  if (answer?.error !== undefined) throw answer.error
  return { count: null, complete: true, message: `The server ${name} is empty.` }
}

function isTags(tags: unknown): tags is string[] {
  if (!Array.isArray(tags) || tags.length === 0 || tags.length > MAX_TAGS) return false
  return tags.every((tag) => typeof tag === 'string')
}
