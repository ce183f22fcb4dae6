import { type Answer, ok, problem } from '../answer.ts'
import { shownValues } from '../options.ts'
import type { AdminParts } from '../parts.ts'
import { listKeys } from './key-listing.ts'
import { lookUp } from './key-look-up.ts'

const MOST_KEYS = 1_000_000
const USUAL_KEYS = 100_000
const MOST_ROWS = 1000
const USUAL_ROWS = 200
const MAX_TEXT = 250

/** The keys on the servers: one, or a walk over all. */
export class KeyScreens {
  readonly #parts: AdminParts
  #isWalking = false

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** `alias` and `key`, with `version`; or `server` and a `key` as it is there. `preview=1`: the value too. */
  lookUp(query: URLSearchParams): Promise<Answer> {
    return lookUp(this.#parts, {
      alias: query.get('alias'),
      server: query.get('server'),
      key: query.get('key') ?? '',
      version: query.get('version'),
      preview: query.get('preview') === '1' && shownValues(this.#parts.options) === 'preview',
    })
  }

  /** One walk at a time in this process: it costs a server a second of work for a million keys. */
  async list(query: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const text = (name: string): string => query.get(name) ?? ''
    const server = query.get('server')
    if (server !== null && this.#parts.server(server) === undefined) {
      return problem(404, 'There is no such server.')
    }
    const [startsWith, match, separator] = [text('prefix'), text('match'), text('separator') || ':']
    if ([startsWith, match, separator].some(({ length }) => length > MAX_TEXT)) {
      return problem(
        400,
        `\`prefix\`, \`match\` and \`separator\` have at most ${MAX_TEXT} characters.`,
      )
    }
    const limit = countIn(query, 'limit', USUAL_KEYS, MOST_KEYS)
    const rows = countIn(query, 'rows', USUAL_ROWS, MOST_ROWS)
    if (limit === undefined) return problem(400, `\`limit\` must be from 1 to ${MOST_KEYS}.`)
    if (rows === undefined) return problem(400, `\`rows\` must be from 1 to ${MOST_ROWS}.`)
    if (this.#isWalking) return problem(409, 'Keys are being listed already: one walk at a time.')
    this.#isWalking = true
    try {
      return ok(
        await listKeys({
          clients: this.#parts.clients,
          server: server ?? undefined,
          startsWith,
          match,
          separator,
          limit,
          rows,
          aliasOf: (key) => this.#parts.aliasOf(key)?.alias ?? null,
          clock: this.#parts.options.clock,
          signal,
        }),
      )
    } catch (error) {
      if (signal.aborted) return problem(499, 'Whoever asked has left.')
      throw error
    } finally {
      this.#isWalking = false
    }
  }
}

function countIn(
  query: URLSearchParams,
  name: string,
  usual: number,
  most: number,
): number | undefined {
  const text = query.get(name)
  if (text === null) return usual
  const count = Number(text)
  return /^\d+$/.test(text) && count >= 1 && count <= most ? count : undefined
}
