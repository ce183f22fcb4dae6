import type { RequestHandler } from 'express'
import { PageError } from './page-error.ts'

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** No script and no style but from files of this site, no frames, no guessing of types. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'X-Content-Type-Options': 'nosniff',
  })
  next()
}

/**
 * Refuses a form that another site had the browser send.
 *
 * By what browsers say of the sender, not by a token in the form: a page with a token of its own
 * for each visitor cannot be cached for all of them.
 */
export const sameOriginOnly: RequestHandler = (request, _response, next) => {
  const site = request.get('Sec-Fetch-Site')
  const origin = request.get('Origin')
  const isOurs =
    site === undefined
      ? origin === `${request.protocol}://${request.get('Host')}`
      : site === 'same-origin'
  if (!isOurs) throw new PageError(403, 'This form was sent from another site.')
  next()
}
