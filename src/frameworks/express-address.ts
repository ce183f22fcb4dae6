import type { Request } from 'express'
import type { Address } from './node-serve.ts'

/**
 * The address as the application sees it: with `trust proxy`, the one that the proxy was asked for.
 */
export function expressAddress(request: Request): Address {
  const trust: unknown = request.app.get('trust proxy fn')
  return {
    scheme: request.protocol,
    host: request.host ?? '',
    target: request.originalUrl,
    trustsProxy: typeof trust === 'function' && trust(request.socket.remoteAddress, 0) === true,
  }
}
