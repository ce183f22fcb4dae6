/**
 * On every answer, also on errors and on scripts.
 *
 * The policy allows no inline script or style: a name that a server or an alias brings along can
 * never run. Framing is refused, and nothing is kept by a browser, a proxy or a search engine.
 */
const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
})

export interface Reply {
  readonly status?: number
  readonly type: string
  readonly body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
}

/** The only maker of responses. An answer to HEAD has the headers and no body. */
export function respond(method: string, reply: Reply): Response {
  const { status = 200, type, body, headers = {} } = reply
  const bodyless = method === 'HEAD' || status === 304
  return new Response(bodyless ? null : body, {
    status,
    headers: { ...HEADERS, 'content-type': type, ...headers },
  })
}

/** A plain sentence, for people. */
export function respondText(
  method: string,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return respond(method, {
    status,
    type: 'text/plain; charset=utf-8',
    body: `${text}\n`,
    headers,
  })
}
