import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Request, Response } from 'express'

/** Somebody who has signed in, by name only: it decides nothing but whose favourites are shown. */
export interface Visitor {
  /** Random: two visitors of one name do not share anything. */
  readonly id: string
  readonly name: string
}

export const VISITOR_COOKIE = 'atlas_visitor'

const WEEK_MS = 7 * 86_400_000

/** Keeps visitors in a signed cookie, so that the site needs no session store. */
export class VisitorCookies {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  /** Who sent this `Cookie` header; `undefined` for a stranger and for a forged one. */
  read(header: string | undefined): Visitor | undefined {
    if (header === undefined) return undefined
    const [payload = '', signature = ''] = cookieValue(header, VISITOR_COOKIE).split('.')
    const expected = Buffer.from(this.#sign(payload))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    // The signature says that the text is ours.
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Visitor
  }

  signIn(request: Request, response: Response, name: string): void {
    const visitor: Visitor = { id: randomUUID(), name }
    const payload = Buffer.from(JSON.stringify(visitor)).toString('base64url')
    response.cookie(VISITOR_COOKIE, `${payload}.${this.#sign(payload)}`, {
      ...this.#attributes(request),
      maxAge: WEEK_MS,
    })
  }

  signOut(request: Request, response: Response): void {
    response.clearCookie(VISITOR_COOKIE, this.#attributes(request))
  }

  #attributes(request: Request) {
    return { httpOnly: true, sameSite: 'lax', secure: request.secure, path: '/' } as const
  }

  #sign(payload: string): string {
    return createHmac('sha256', this.#secret).update(payload).digest('base64url')
  }
}

function cookieValue(header: string, name: string): string {
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return ''
}
