/**
 * The last moment before the head of a `ServerResponse` is sent.
 *
 * @module
 */

import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import { publishError } from '../channels.ts'
import type { HeaderList } from '../http/message.ts'

/** A head that is about to be sent. Its fields are on the response; a hook may change both. */
export interface OutgoingHead {
  status: number
  /**
   * The whole body, where the handler sends it together with the head; of a stream it is not known.
   */
  readonly body: Buffer | undefined
}

/**
 * Runs before the head is sent. What it returns runs when the head is sent and nothing can be
 * changed any more.
 */
export type HeadHook = (head: OutgoingHead) => (() => void) | undefined

/** What there is of one response before its head is sent. */
interface Pending {
  readonly hooks: HeadHook[]
  body: Buffer | undefined
}

const pendingOf = new WeakMap<ServerResponse, Pending>()

/**
 * Runs `hook` before the head of `response` is sent: the last one given first, so that what is
 * mounted further in has its say before what is further out. A hook that throws is published on
 * `reprise:error`, and the response is sent.
 */
export function beforeHead(response: ServerResponse, hook: HeadHook): void {
  const known = pendingOf.get(response)
  if (known !== undefined) {
    known.hooks.push(hook)
    return
  }
  const all = [hook]
  const pending: Pending = { hooks: all, body: undefined }
  pendingOf.set(response, pending)
  let isBodyDropped = false
  hookWrite(response, () => isBodyDropped)
  hookEnd(response, pending, () => isBodyDropped)
  const writeHead = response.writeHead as (...args: unknown[]) => ServerResponse
  const hooked = (given: number | string, ...rest: unknown[]): ServerResponse => {
    // Node takes text as well, and makes a number of it.
    const status = Math.trunc(Number(given))
    // An informational head is not the last one, and what Node will refuse is not sent at all.
    if (response.headersSent || !(status >= 200 && status <= 999)) {
      return writeHead.call(response, given, ...rest)
    }
    const [reason, fields] = typeof rest[0] === 'string' ? rest : [undefined, rest[1] ?? rest[0]]
    setFields(response, fields)
    response.statusCode = status
    const before = headerList(response)
    const head = { status, body: pending.body }
    const afterwards = all.toReversed().map((each) => quietly(() => each(head)))
    isBodyDropped = head.status !== status
    if (isBodyDropped) response.statusMessage = ''
    const args = head.status === status && reason !== undefined ? [reason] : []
    try {
      writeHead.call(response, head.status, ...args)
    } catch (error) {
      // What the hooks announced must not stay for the error page that may follow.
      for (const name of response.getHeaderNames()) response.removeHeader(name)
      setHeaderList(response, before)
      throw error
    }
    for (const after of afterwards) quietly(() => after?.())
    return response
  }
  response.writeHead = hooked
}

/** Where `end` sends head and body in one, gives the body to whoever asks meanwhile. */
function hookEnd(response: ServerResponse, pending: Pending, isBodyDropped: () => boolean): void {
  const end = response.end as (...args: unknown[]) => ServerResponse
  response.end = (...args: unknown[]): ServerResponse => {
    if (!response.headersSent) pending.body = bytesOf(args[0], args[1]) ?? Buffer.alloc(0)
    try {
      return end.apply(response, args)
    } catch (error) {
      if (!isRefusedBody(error) || !isBodyDropped()) throw error
      return end.apply(response, args.filter(isCallback))
    } finally {
      pending.body = undefined
    }
  }
}

/**
 * Sends the head before the bytes that would have sent it along, as Node would have: for who wants to
 * know first what becomes of it. `body` is the whole of them, where it is known.
 */
export function sendHeadFirst(response: ServerResponse, body: Buffer | undefined): void {
  const pending = pendingOf.get(response)
  const { statusCode } = response
  const hasNoBody = statusCode < 200 || statusCode === 204 || statusCode === 304
  const tellsLength = ['content-length', 'transfer-encoding', 'trailer'].some((name) =>
    response.hasHeader(name),
  )
  if (body !== undefined && !hasNoBody && !tellsLength) {
    response.setHeader('Content-Length', body.length)
  }
  if (pending !== undefined) pending.body = body
  try {
    response.writeHead(statusCode)
  } finally {
    if (pending !== undefined) pending.body = undefined
  }
}

/**
 * A server with `rejectNonStandardBodyWrites` throws at a body that a 304 cannot have. The handler
 * did not ask for the 304, so it must not hear of that.
 */
function hookWrite(response: ServerResponse, isBodyDropped: () => boolean): void {
  const write = response.write as (...args: unknown[]) => boolean
  response.write = (...args: unknown[]): boolean => {
    try {
      return write.apply(response, args)
    } catch (error) {
      if (!isRefusedBody(error) || !isBodyDropped()) throw error
      for (const callback of args.filter(isCallback)) process.nextTick(callback)
      return true
    }
  }
}

function isRefusedBody(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_HTTP_BODY_NOT_ALLOWED'
}

/** What `write` and `end` take as their last argument. */
export function isCallback(value: unknown): value is () => void {
  return typeof value === 'function'
}

/** A chunk as `write` and `end` take it; a callback in its place is none. */
export function bytesOf(chunk: unknown, encoding: unknown): Buffer | undefined {
  if (typeof chunk === 'string') {
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  }
  if (!(chunk instanceof Uint8Array)) return undefined
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
}

/** What is on a response, name by name and line by line. */
export function headerList(response: ServerResponse): HeaderList {
  const { getRawHeaderNames } = response as ServerResponse & WithRawNames
  const names = getRawHeaderNames?.call(response) ?? response.getHeaderNames()
  return names.flatMap((name) => lines(name, response.getHeader(name)))
}

/** In Node since 15.4, but neither in its types nor in HTTP/2: the names as they were written. */
interface WithRawNames {
  getRawHeaderNames?(): string[]
}

/** Puts `fields` on a response; a name that occurs more than once becomes as many lines. */
export function setHeaderList(response: ServerResponse, fields: HeaderList): void {
  const seen = new Set<string>()
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const value = fields[i + 1] ?? ''
    const known = name.toLowerCase()
    if (seen.has(known)) response.appendHeader(name, value)
    else response.setHeader(name, value)
    seen.add(known)
  }
}

/**
 * The headers of `writeHead`: an object, a flat array, or an array of pairs. In each of them a value
 * may be a list of lines.
 */
function setFields(response: ServerResponse, fields: unknown): void {
  if (Array.isArray(fields)) {
    const flat: unknown[] = Array.isArray(fields[0]) ? fields.flat() : fields
    const named = (name: unknown, i: number) =>
      i % 2 === 0 ? lines(String(name), flat[i + 1] as OutgoingHttpHeader | undefined) : []
    setHeaderList(response, flat.flatMap(named))
    return
  }
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value !== undefined) response.setHeader(name, value as OutgoingHttpHeader)
  }
}

/** Fields by name, as a list. */
export function fieldList(
  fields: Readonly<Record<string, OutgoingHttpHeader | undefined>>,
): HeaderList {
  return Object.entries(fields).flatMap(([name, value]) => lines(name, value))
}

function lines(name: string, value: OutgoingHttpHeader | undefined): string[] {
  const values = Array.isArray(value) ? value : [value]
  return values.flatMap((each) => (each === undefined ? [] : [name, String(each)]))
}

function quietly<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    publishError({ error, operation: 'page' })
    return undefined
  }
}
