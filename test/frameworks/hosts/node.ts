import { pipeline, Readable } from 'node:stream'
import * as node from '../../../src/frameworks/node.ts'
import type { Answer, Host, HostParts, Page, Policies } from './site.ts'

/** A listener that sends what a page answers. */
export function listenerOf(page: Page): node.Listener {
  return async (request, response) => {
    let answer: Answer
    try {
      answer = await page({
        method: request.method ?? '',
        target: request.url ?? '',
        header: (name) => request.headers[name] as string | undefined,
      })
    } catch {
      answer = { status: 500, body: 'broken' }
    }
    response.statusCode = answer.status ?? 200
    for (const [name, value] of Object.entries(answer.headers ?? {})) {
      response.setHeader(name, value)
    }
    if (answer.body instanceof Readable) pipeline(answer.body, response, () => {})
    else response.end(answer.body)
  }
}

function policies(given: Policies): node.Wrap {
  const { neverCache, cacheControl, varyOnHeaders, varyOnCookie, conditionalGet } = given
  const wraps = [
    ...(neverCache === true ? [node.neverCache()] : []),
    ...(cacheControl === undefined ? [] : [node.cacheControl(cacheControl)]),
    ...(varyOnHeaders === undefined ? [] : [node.varyOnHeaders(...varyOnHeaders)]),
    ...(varyOnCookie === true ? [node.varyOnCookie()] : []),
    ...(conditionalGet === true ? [node.conditionalGet()] : []),
  ]
  return (listener) => wraps.reduceRight((inner, wrap) => wrap(inner), listener)
}

export const nodeSite: Host = ({ caches, options, page, policies: given }) =>
  node.cacheSite(caches, options)(policies(given)(listenerOf(page)))

export const nodePage: Host = ({ caches, options, page, policies: given }) =>
  node.cachePage(caches, options)(policies(given)(listenerOf(page)))

/** `wrapSite` around an application that knows of no cache. */
export function wrapped(build: (parts: HostParts) => node.Site | Promise<node.Site>): Host {
  return async (parts) => node.wrapSite(parts.caches, await build(parts), parts.options)
}
