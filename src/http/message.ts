/**
 * What the page cache sees of a request and of a response. Structural, so that a hit in a Node
 * framework builds no `Request` and no `Response`.
 *
 * @module
 */

/** A request, as far as a page cache may look at it. */
export interface PageRequest {
  /** In capitals, as it was sent. */
  readonly method: string
  /** `http` or `https`: what the application takes the request for. */
  readonly scheme: string
  /** `host` or `host:port`, as the application sees it; empty where the request names none. */
  readonly host: string
  /** Path and query exactly as they were sent, such as `/cities?page=2`. */
  readonly target: string
  /**
   * The value of a header, several lines joined; `undefined` where it is absent. Names are in lower
   * case.
   */
  header(name: string): string | undefined
  /**
   * Whether `scheme` and `host` already are what `X-Forwarded-Proto` and `X-Forwarded-Host` say,
   * because the application trusts the proxy that the request came from.
   */
  readonly trustsProxy?: boolean
  /** Whether a body follows that no header tells of, as HTTP/2 allows it. */
  readonly bodyFollows?: boolean
  /**
   * The same request as it is now. Asked before the handler runs, which may change the headers of
   * its own: what is filed under them must be what the client sent.
   */
  snapshot(): PageRequest
}

/**
 * Header fields as one flat list, name and value in turn, as `IncomingMessage.rawHeaders` has them
 * and `ServerResponse.writeHead` takes them. A name may occur more than once.
 */
export type HeaderList = readonly string[]

/** A header list as pairs of name and value. */
export function headerFields(headers: HeaderList): [name: string, value: string][] {
  const fields: [string, string][] = []
  let name = ''
  headers.forEach((text, i) => {
    if (i % 2 === 0) name = text
    else fields.push([name, text])
  })
  return fields
}

/** Every value of `name` (in lower case), in order. */
export function headerValues(headers: HeaderList, name: string): string[] {
  return headerFields(headers)
    .filter(([field]) => field.toLowerCase() === name)
    .map(([, value]) => value)
}

/** The lines of `name` (in lower case) joined with commas, or `undefined` where there is none. */
export function headerValue(headers: HeaderList, name: string): string | undefined {
  const values = headerValues(headers, name)
  return values.length === 0 ? undefined : values.join(', ')
}

/**
 * A copy of `headers` in which `name` occurs once, with `value`, where it first stood or at the
 * end.
 */
export function withHeader(headers: HeaderList, name: string, value: string): string[] {
  const wanted = name.toLowerCase()
  let isPlaced = false
  const changed = headerFields(headers).flatMap(([field, old]) => {
    if (field.toLowerCase() !== wanted) return [field, old]
    if (isPlaced) return []
    isPlaced = true
    return [field, value]
  })
  return isPlaced ? changed : [...changed, name, value]
}

/** `headers` with every field of `set` in place of all of its name. */
export function withHeaders(headers: HeaderList, set: HeaderList): HeaderList {
  return headerFields(set).reduce<HeaderList>(
    (changed, [name, value]) => withHeader(changed, name, value),
    headers,
  )
}

/** A copy of `headers` with the fields that `keep` (asked in lower case) says yes to. */
export function filterHeaders(headers: HeaderList, keep: (name: string) => boolean): string[] {
  return headerFields(headers)
    .filter(([field]) => keep(field.toLowerCase()))
    .flat()
}

/** Whether a request carries credentials: an empty `Authorization` is none. */
export function hasAuthorization(request: PageRequest): boolean {
  return (request.header('authorization') ?? '').trim() !== ''
}

/** Whether a request carries a cookie: an empty `Cookie` is none. */
export function hasCookie(request: PageRequest): boolean {
  return (request.header('cookie') ?? '').trim() !== ''
}
