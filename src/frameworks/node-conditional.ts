/**
 * Conditional GET for pages that no cache keeps: Django's `ConditionalGetMiddleware`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { systemClock } from '../clock.ts'
import { bodyTag, CONTENT_FIELDS } from '../http/announce.ts'
import { parseCacheControl } from '../http/cache-control.ts'
import { conditionalAnswer, conditionsOf, refusalHeaders } from '../http/conditional.ts'
import { type HeaderList, headerValues } from '../http/message.ts'
import {
  beforeHead,
  bytesOf,
  headerList,
  isCallback,
  type OutgoingHead,
  sendHeadFirst,
  setHeaderList,
} from './node-head.ts'
import { nodeAddress, nodePageRequest } from './node-serve.ts'

/**
 * Answers a GET with a 304 where the client has what the handler sends, and with a 412 where it wants
 * nothing but what the handler no longer has.
 */
export function answerConditions(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET') return
  const asked = nodePageRequest(request, nodeAddress(request)).snapshot()
  let isRefused = false
  beforeHead(response, (head) => {
    if (head.status !== 200) return undefined
    addTag(response, head)
    const fields = headerList(response)
    const answer = conditionalAnswer(asked, fields, systemClock.now())
    if (answer === 'full') return undefined
    isRefused = answer === 'failed'
    head.status = isRefused ? 412 : 304
    if (isRefused) refuse(response, fields)
    else for (const name of CONTENT_FIELDS) response.removeHeader(name)
    return undefined
  })
  const conditions = conditionsOf(asked)
  if (conditions?.ifMatch === undefined && conditions?.ifUnmodifiedSince === undefined) return
  dropBody(response, () => isRefused)
}

/** Nothing of the page is told; what is not about its content stays. */
function refuse(response: ServerResponse, fields: HeaderList): void {
  for (const name of [...CONTENT_FIELDS, 'ETag', 'Last-Modified', 'Expires']) {
    response.removeHeader(name)
  }
  setHeaderList(response, [...refusalHeaders(fields), 'Content-Length', '0'])
}

/** Unlike a 304 a 412 has a body, and the handler's is not the one. */
function dropBody(response: ServerResponse, isDropped: () => boolean): void {
  const write = response.write as (...args: unknown[]) => boolean
  const end = response.end as (...args: unknown[]) => ServerResponse
  response.write = (...args: unknown[]): boolean => {
    if (!response.headersSent) sendHeadFirst(response, undefined)
    if (!isDropped()) return write.apply(response, args)
    for (const callback of args.filter(isCallback)) process.nextTick(callback)
    return true
  }
  response.end = (...args: unknown[]): ServerResponse => {
    if (!response.headersSent) {
      sendHeadFirst(response, bytesOf(args[0], args[1]) ?? Buffer.alloc(0))
    }
    return end.apply(response, isDropped() ? args.filter(isCallback) : args)
  }
}

/** A stream has no tag, for its bytes are not known yet; nor has what nobody may keep. */
function addTag(response: ServerResponse, { body }: OutgoingHead): void {
  if (body === undefined || response.hasHeader('etag')) return
  const control = parseCacheControl(headerValues(headerList(response), 'cache-control'))
  const tag = control.has('no-store') ? undefined : bodyTag(body)
  if (tag !== undefined) response.setHeader('ETag', tag)
}
