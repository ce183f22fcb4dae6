import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('../../examples/atlas/dist/server.js', import.meta.url))

interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** What `X-Atlas-Queries` says that this very answer took. */
  readonly queries: number
  readonly isHit: boolean
}

export interface Atlas extends AsyncDisposable {
  readonly url: string
  get(path: string, headers?: Record<string, string>): Promise<Page>
  /** Sends a form as a browser does from one of the site's own pages. */
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Page>
  /** How many SQL queries the process ran so far, also those that no request waited for. */
  queriesSoFar(): Promise<number>
}

/** A folder for the example's snapshot: the first start loads, later ones do not. */
export async function makeDataFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'atlas-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/**
 * Starts the built example on a free port, with the cities of 100,000 and more.
 *
 * `npm run build` makes what it starts.
 */
export async function startAtlas(env: Record<string, string>): Promise<Atlas> {
  const { CACHE_URL: _, DATABASE_URL: __, ...rest } = process.env
  const defaults = { PORT: '0', ATLAS_CITIES_MIN_POPULATION: '100000' }
  const child = fork(SERVER, [], {
    env: { ...rest, ...defaults, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const failed = exited.then(([code]) => {
    throw new Error(`The atlas ended with code ${code}.`)
  })
  failed.catch(() => {})
  const message = async () => (await Promise.race([once(child, 'message'), failed]))[0]
  const { port }: { port: number } = await message()
  const url = `http://127.0.0.1:${port}`

  return {
    url,
    get: (path, headers = {}) => ask(url + path, { headers }),
    post: (path, form, headers = { Origin: url }) =>
      ask(url + path, { method: 'POST', body: new URLSearchParams(form), headers }),
    async queriesSoFar() {
      child.send('queries')
      const { queries }: { queries: number } = await message()
      return queries
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function ask(url: string, init: RequestInit): Promise<Page> {
  const response = await fetch(url, { ...init, redirect: 'manual' })
  const { status, headers } = response
  const queries = Number(headers.get('X-Atlas-Queries'))
  const isHit = /;\s*hit\b/.test(headers.get('Cache-Status') ?? '')
  return { status, headers, text: await response.text(), queries, isHit }
}
