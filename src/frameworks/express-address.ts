import type { Request } from 'express'
import type { Address } from './node-serve.ts'

/**
 * The address as the application sees it: with `trust proxy`, the one that the proxy was asked for.
 */
export function expressAddress(request: Request): Address {
  const trust: unknown = request.app.get('trust proxy fn')
  const trustsProxy = typeof trust === 'function' && trust(request.socket.remoteAddress, 0) === true
  return {
    scheme: request.protocol,
    host: hostOf(request, trustsProxy),
    target: request.originalUrl,
    trustsProxy,
  }
}

/** What `request.host` is in Express 5; in Express 4 that has no port, and warns. */
function hostOf({ headers }: Request, trustsProxy: boolean): string {
  const forwarded = trustsProxy ? headers['x-forwarded-host'] : undefined
  if (!forwarded) return headers.host ?? ''
  const [first = ''] = String(forwarded).split(',', 1)
  return first.trimEnd()
}
