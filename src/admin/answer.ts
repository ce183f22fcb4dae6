import type { KnownUser } from './access.ts'
import type { ProblemReply } from './api/actions.ts'

/** An answer of the JSON API, before it is a `Response`. */
export interface Answer {
  readonly status: number
  readonly body: object
}

export function ok(body: object): Answer {
  return { status: 200, body }
}

export function problem(status: number, error: string): Answer {
  return { status, body: { schemaVersion: 1, error } satisfies ProblemReply }
}

/** What is asked of a part of the API. */
export interface Asked {
  readonly query: URLSearchParams
  readonly signal: AbortSignal
  readonly user: KnownUser
}

const MAX_BODY = 16 * 1024

/** The object in the body, which is read no further than 16 kB; `undefined`: there is none. */
export async function readJson(
  request: Request,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const reader = request.body?.getReader()
  if (reader === undefined) return undefined
  const parts: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > MAX_BODY) {
      await reader.cancel()
      return undefined
    }
    parts.push(value)
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'))
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
    return body as Record<string, unknown>
  } catch {
    return undefined
  }
}
