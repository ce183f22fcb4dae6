import type { FastifyRequest } from 'fastify'
import type { Address } from './node-serve.ts'

/**
 * The address as the application sees it: with `trustProxy`, the one that the proxy was asked for.
 *
 * Whether it trusts this very peer Fastify does not tell, so what forwarding headers claim is part
 * of the key besides: it makes two pages of one where nobody is lying.
 */
export function fastifyAddress({ host, originalUrl, protocol }: FastifyRequest): Address {
  return { scheme: protocol, host, target: originalUrl, trustsProxy: false }
}
