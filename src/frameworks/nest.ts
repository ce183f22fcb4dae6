/**
 * `reprise/nest`: Django's page cache and header decorators as decorators of NestJS 12, on Express
 * and on Fastify.
 *
 * @module
 */

import { type DynamicModule, Inject, Module, UseInterceptors } from '@nestjs/common'
import type { Caches } from '../caches.ts'
import { CacheError } from '../errors.ts'
import type { CacheControlDirectives } from '../http/cache-control.ts'
import type { MountOptions } from '../http/mount.ts'
import * as express from './express.ts'
import * as fastify from './fastify.ts'
import { cacheControlPolicy, neverCachePolicy, type Policy, varyPolicy } from './header-policies.ts'
import { interceptorOf, type Plan, REPRISE_CACHES } from './nest-interceptor.ts'
import { answerConditions } from './node-conditional.ts'
import { applyPolicy } from './node-policies.ts'

export { noPageCache, pageHole, pageTags, pageTtl } from '../http/page-context.ts'
export { purgePage, purgeTags } from '../http/purge.ts'
export { REPRISE_CACHES } from './nest-interceptor.ts'

/** How a site or a page is cached in Nest; `Request` is the one of the platform. */
export type NestPageOptions<Request = unknown> = MountOptions<Request>

/** What `cacheSite` asks of a Nest application. */
export interface NestApplication {
  getHttpAdapter(): { getType(): string; getInstance(): unknown }
}

/**
 * Gives the caches to `@CachePage()`, in every module. Import it in the root module.
 *
 * It does not close them: who made them does.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { RepriseModule } from 'reprise/nest'
 *
 * const imports = [RepriseModule.forRoot(createCaches())]
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: it is how Nest knows a dynamic module.
export class RepriseModule {
  static forRoot(caches: Caches): DynamicModule {
    return {
      module: RepriseModule,
      global: true,
      providers: [{ provide: REPRISE_CACHES, useValue: caches }],
      exports: [REPRISE_CACHES],
    }
  }
}
Module({})(RepriseModule)

/** Injects the caches that were given to {@link RepriseModule}. */
export function InjectCaches(): ParameterDecorator & PropertyDecorator {
  return Inject(REPRISE_CACHES)
}

/**
 * Caches every page that may be, of the whole application. Call it in `main.ts`, before
 * `app.listen()` or `app.init()`: it is middleware of Express, or a plugin of Fastify.
 *
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`.
 */
export function cacheSite<Request>(
  app: NestApplication,
  caches: Caches,
  options: NestPageOptions<Request> = {},
): void {
  const adapter = app.getHttpAdapter()
  const instance = adapter.getInstance() as Record<'use' | 'register', (given: unknown) => void>
  const type = adapter.getType()
  if (type === 'express')
    instance.use(express.cacheSite(caches, options as express.ExpressPageOptions))
  else if (type === 'fastify') {
    instance.register(fastify.cacheSite(caches, options as fastify.FastifyPageOptions))
  } else {
    const message = `The adapter of this Nest application is "${type}": it must be Express or Fastify.`
    throw new CacheError('ERR_OPTION_INVALID', message)
  }
}

/**
 * Caches what a handler answers, or each one of a controller. Its `ttl` beats what the page says of
 * itself, and that of a site around it.
 *
 * A hit is sent after the guards have said yes, and before pipes and handler: interceptors further
 * out see `undefined`. Decorators below it, such as `@VaryOnHeaders()`, say what the page is, and so
 * do those above it.
 *
 * @throws {@link CacheError} `ERR_ALIAS_UNKNOWN`, `ERR_OPTION_INVALID`, when the application starts.
 */
export function CachePage<Request>(
  options: NestPageOptions<Request> = {},
): MethodDecorator & ClassDecorator {
  return decorate((plan) => {
    plan.page = options as MountOptions<never>
  })
}

/** Tells every cache, this one too, not to keep the page. */
export function NeverCache(): MethodDecorator & ClassDecorator {
  return withPolicy(neverCachePolicy)
}

/**
 * Adds directives to the page's `Cache-Control`, whatever the handler set; the lesser `max-age`
 * wins.
 */
export function CacheControl(directives: CacheControlDirectives): MethodDecorator & ClassDecorator {
  return withPolicy(cacheControlPolicy(directives))
}

/**
 * Says that the page depends on these request headers: there is one copy for each of their values.
 */
export function VaryOnHeaders(...names: string[]): MethodDecorator & ClassDecorator {
  return withPolicy(varyPolicy(names))
}

/** Says that the page depends on the cookies of the request. */
export function VaryOnCookie(): MethodDecorator & ClassDecorator {
  return withPolicy(varyPolicy(['Cookie']))
}

/**
 * Answers a GET with a 304 where the client has the page already; on Express it gives it a tag
 * where it has none and is sent in one piece.
 *
 * An `If-Match` or `If-Unmodified-Since` that does not hold is answered with a 412.
 */
export function ConditionalGet(): MethodDecorator & ClassDecorator {
  return decorate((plan) => {
    plan.steps.unshift(answerConditions)
  })
}

function withPolicy(policy: Policy): MethodDecorator & ClassDecorator {
  return decorate((plan) => {
    plan.steps.unshift((_request, response) => applyPolicy(response, policy))
  })
}

const plans = new WeakMap<object, Plan>()

/**
 * All decorators of one handler share an interceptor, because Nest runs those of several in the
 * order in which they were evaluated: the lowest would be the outermost.
 */
function decorate(change: (plan: Plan) => void): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const decorated: object = descriptor?.value ?? target
    let plan = plans.get(decorated)
    if (plan === undefined) {
      plan = { page: undefined, steps: [] }
      plans.set(decorated, plan)
      const use = UseInterceptors(interceptorOf(plan))
      if (key === undefined || descriptor === undefined) use(target as never)
      else use(target, key, descriptor)
    }
    change(plan)
  }
}
