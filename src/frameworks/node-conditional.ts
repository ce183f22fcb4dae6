/**
 * Conditional GET for pages that no cache keeps: Django's `ConditionalGetMiddleware`.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { systemClock } from '../clock.ts'
import { bodyTag, CONTENT_FIELDS } from '../http/announce.ts'
import { parseCacheControl } from '../http/cache-control.ts'
import { isNotModified } from '../http/conditional.ts'
import { headerValues } from '../http/message.ts'
import { beforeHead, headerList, type OutgoingHead } from './node-head.ts'
import { nodeAddress, nodePageRequest } from './node-serve.ts'

/** Answers a GET with a 304 where the client has what the handler sends. */
export function answerConditions(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET') return
  const asked = nodePageRequest(request, nodeAddress(request)).snapshot()
  beforeHead(response, (head) => {
    if (head.status !== 200) return undefined
    addTag(response, head)
    if (!isNotModified(asked, headerList(response), systemClock.now())) return undefined
    head.status = 304
    for (const name of CONTENT_FIELDS) response.removeHeader(name)
    return undefined
  })
}

/** A stream has no tag, for its bytes are not known yet; nor has what nobody may keep. */
function addTag(response: ServerResponse, { body }: OutgoingHead): void {
  if (body === undefined || response.hasHeader('etag')) return
  const control = parseCacheControl(headerValues(headerList(response), 'cache-control'))
  const tag = control.has('no-store') ? undefined : bodyTag(body)
  if (tag !== undefined) response.setHeader('ETag', tag)
}
