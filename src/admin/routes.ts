import type { KnownUser } from './access.ts'
import { Actions } from './actions.ts'
import { type Answer, problem, readJson } from './answer.ts'
import type { Asset } from './assets.ts'
import { OverviewFeed } from './overview-feed.ts'
import type { AdminParts } from './parts.ts'
import { missing, permissionsOf } from './permissions.ts'
import { respond, respondText } from './replies.ts'
import { foreignReason } from './same-origin.ts'
import { Watching } from './screens/watching.ts'
import { Screens } from './screens.ts'

const UI_MISSING =
  'The dashboard is not built: dist/admin/ui is missing. Run `npm run build` in the reprise package.'

const ACTIONS = '/api/actions/'

/** Answers what came past the access check. */
export class Routes {
  readonly #parts: AdminParts
  readonly #assets: ReadonlyMap<string, Asset> | undefined
  readonly #feed: OverviewFeed
  readonly #screens: Screens
  readonly #actions: Actions
  readonly #watching: Watching

  /** `assets` are `undefined` where they are not built. */
  constructor(parts: AdminParts, assets: ReadonlyMap<string, Asset> | undefined) {
    this.#parts = parts
    this.#assets = assets
    this.#feed = new OverviewFeed(parts)
    this.#screens = new Screens(parts, this.#feed)
    this.#actions = new Actions(parts)
    this.#watching = new Watching(parts)
  }

  /** `path` is what follows the base path: empty, or from a slash on. */
  async answer(request: Request, path: string, url: URL, user: KnownUser): Promise<Response> {
    const { method } = request
    if (path === '/api/watch' || Actions.isAction(actionIn(path))) {
      return method === 'POST'
        ? respondJson(method, await this.#change(request, path, user))
        : respondText(method, 405, 'Only POST.', { allow: 'POST' })
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return respondText(method, 405, 'Only GET and HEAD.', { allow: 'GET, HEAD' })
    }
    if (path === '') {
      // Relative, so that no host and no prefix of a proxy can be wrong; `./` keeps a last segment
      // with a colon from being read as a scheme.
      const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1)
      return respondText(method, 307, 'One slash further.', { location: `./${last}/` })
    }
    if (path === '/api/live') return this.#feed.live(request, url)
    const screen = this.#screens.find(path)
    if (screen === undefined) {
      return this.#asset(request, path === '/' ? 'index.html' : path.slice(1))
    }
    const refused = missing(this.#parts.options, user, screen.needs)
    if (refused !== undefined) return respondJson(method, problem(403, refused))
    const asked = { query: url.searchParams, signal: request.signal, user }
    return respondJson(method, await screen.answer(asked))
  }

  async #change(request: Request, path: string, user: KnownUser): Promise<Answer> {
    const foreign = foreignReason(request)
    if (foreign !== undefined) return problem(403, foreign)
    const body = await readJson(request)
    if (body === undefined) return problem(400, 'The body must be a JSON object of at most 16 kB.')
    if (path === '/api/watch') {
      const refused = missing(this.#parts.options, user, 'watch')
      if (refused !== undefined) return problem(403, refused)
      const showsKeys = permissionsOf(this.#parts.options, user).includes('values')
      return this.#watching.run(body, showsKeys)
    }
    const action = actionIn(path)
    if (!Actions.isAction(action)) return problem(404, 'There is no such action.')
    return this.#actions.run(action, body, user)
  }

  #asset(request: Request, name: string): Response {
    const { method, headers } = request
    if (this.#assets === undefined && name === 'index.html') {
      return respondText(method, 503, UI_MISSING)
    }
    const asset = this.#assets?.get(name)
    if (asset === undefined) return respondText(method, 404, 'There is no such page.')
    const etag = { etag: asset.etag }
    if (headers.get('if-none-match') === asset.etag) {
      return respond(method, { status: 304, type: asset.type, body: '', headers: etag })
    }
    return respond(method, { type: asset.type, body: asset.body, headers: etag })
  }
}

function actionIn(path: string): string {
  return path.startsWith(ACTIONS) ? path.slice(ACTIONS.length) : ''
}

function respondJson(method: string, { status, body }: Answer): Response {
  return respond(method, { status, type: 'application/json', body: JSON.stringify(body) })
}
