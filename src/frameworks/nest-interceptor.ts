/**
 * What the decorators of `reprise/nest` do to a request, between guards and handler.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
  type Type,
} from '@nestjs/common'
import type { Request } from 'express'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Observable, of, tap } from 'rxjs'
import type { Caches } from '../caches.ts'
import { CacheError } from '../errors.ts'
import { type Mounted, type MountOptions, mountPage } from '../http/mount.ts'
import { expressAddress } from './express-address.ts'
import { serveFastify } from './fastify-serve.ts'
import { runPage } from './node-capture.ts'
import { serve } from './node-serve.ts'
import { keepReads } from './stream-context.ts'

/** The token under which the caches of the application are injected. */
export const REPRISE_CACHES: unique symbol = Symbol.for('reprise:caches') as never

/** Something done before the handler runs, to what Node has of request and response. */
export type Step = (request: IncomingMessage, response: ServerResponse) => void

/** What the decorators of one handler, or of one controller, ask for. */
export interface Plan {
  page: MountOptions<never> | undefined
  /** The outermost first. */
  steps: Step[]
}

/** An interceptor for what `plan` holds once all decorators have run. */
export function interceptorOf(plan: Plan): Type<NestInterceptor> {
  class RepriseInterceptor implements NestInterceptor {
    readonly #page: Mounted<never> | undefined

    constructor(caches: Caches | undefined) {
      this.#page = plan.page && mountPage(checkCaches(caches), plan.page)
    }

    async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
      if (context.getType() !== 'http') return next.handle()
      const request: Request | FastifyRequest = context.switchToHttp().getRequest()
      const response: ServerResponse | FastifyReply = context.switchToHttp().getResponse()
      if (this.#page !== undefined && (await answer(request, response, this.#page))) {
        dropReply(response)
        return of(undefined)
      }
      const sent = 'raw' in response ? response.raw : response
      for (const step of plan.steps) step('raw' in request ? request.raw : request, sent)
      const made = runPage(sent, () => next.handle())
      // Nest sends what comes of it later, and by another stream.
      return this.#page === undefined ? made : made.pipe(tap((value) => keepStream(sent, value)))
    }
  }
  Injectable()(RepriseInterceptor)
  Inject(REPRISE_CACHES)(RepriseInterceptor, undefined, 0)
  Optional()(RepriseInterceptor, undefined, 0)
  return RepriseInterceptor
}

function keepStream(response: ServerResponse, value: unknown): void {
  const { getStream } = Object(value)
  const stream = typeof getStream === 'function' ? getStream.call(value) : value
  keepReads(stream, (read) => runPage(response, read))
}

function checkCaches(caches: Caches | undefined): Caches {
  if (caches !== undefined) return caches
  throw new CacheError(
    'ERR_OPTION_INVALID',
    '`@CachePage()` finds no caches: import `RepriseModule.forRoot(caches)` in the root module, or provide `REPRISE_CACHES`.',
  )
}

function answer(
  request: Request | FastifyRequest,
  response: ServerResponse | FastifyReply,
  page: Mounted<never>,
): boolean | Promise<boolean> {
  const { pages } = page
  const policy = page.policy(request as never)
  if ('raw' in request && 'raw' in response) {
    return serveFastify(request, response, pages, policy)
  }
  const address = expressAddress(request as Request)
  return serve({
    request: request as Request,
    response: response as ServerResponse,
    pages,
    policy,
    address,
  })
}

/**
 * Interceptors further out see a value and an end, and Nest replies with it: that must not reach a
 * response that is sent. Express would throw, Fastify would warn.
 */
function dropReply(response: object): void {
  const drop = () => response
  Object.assign(response, { send: drop, json: drop, render: drop, view: drop, redirect: drop })
}
