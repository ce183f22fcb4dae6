import { Buffer } from 'node:buffer'
import { createHmac, randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import { checkOptions, optionError } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import type { AdminUser, Authorize } from './access.ts'
import type { AdminPermission } from './api/session.ts'
import { isPassword, parseHash } from './password.ts'
import { respondText } from './replies.ts'

/** Who may look, by name and password. */
export interface BasicAuthOptions {
  /** By name: the hash of the password, from `npx reprise hash-password` or `hashPassword`; or more. */
  readonly users: Readonly<
    Record<
      string,
      string | { readonly hash: string; readonly permissions?: readonly AdminPermission[] }
    >
  >
  /**
   * What the browser shows when it asks.
   *
   * @default 'Cache'
   */
  readonly realm?: string | undefined
  /**
   * Wrong passwords that one address may send within a minute.
   *
   * @default 10
   */
  readonly maxFailures?: number | undefined
  /** Where the time is taken from. Left out: the system's clock. */
  readonly clock?: Clock | undefined
}

export const BASIC_AUTH_DEFAULTS: { readonly realm: string; readonly maxFailures: number } =
  Object.freeze({ realm: 'Cache', maxFailures: 10 })

/** Of failures, and for how long a password that was right need not be hashed again. */
const MINUTE: Milliseconds = 60_000

const MAX_ADDRESSES = 10_000
const MAX_CREDENTIALS = 1000
const MAX_HEADER = 1024

// Of nobody: an unknown name takes as long as a wrong password.
const NOBODY = parseHash(`scrypt$15$8$3$${'A'.repeat(22)}$${'A'.repeat(43)}`)

interface Known extends AdminUser {
  readonly hash: NonNullable<ReturnType<typeof parseHash>>
}

/**
 * Makes an `authorize` that asks for a name and a password (RFC 7617). Only over TLS: both are in
 * every request.
 *
 * Passwords are kept as scrypt hashes. An address that sends too many wrong ones is refused for a
 * minute; behind a proxy that is everybody's address, for what a proxy says of it is not believed.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { basicAuth, createAdmin, hashPassword } from 'reprise/admin'
 *
 * const hash = process.env.ADMIN_HASH ?? (await hashPassword('change me'))
 * const admin = createAdmin(createCaches(), { authorize: basicAuth({ users: { ada: hash } }) })
 * ```
 * @throws {@link CacheError} `ERR_OPTION_INVALID`.
 */
export function basicAuth(options: BasicAuthOptions): Authorize {
  checkOptions('the options of basicAuth', options, ['users', 'realm', 'maxFailures', 'clock'])
  const { realm = BASIC_AUTH_DEFAULTS.realm, maxFailures = BASIC_AUTH_DEFAULTS.maxFailures } =
    options
  const { clock = systemClock } = options
  if (typeof realm !== 'string' || !/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(realm)) {
    throw optionError('realm', realm, 'printable ASCII without quotes and backslashes')
  }
  if (!Number.isInteger(maxFailures) || maxFailures < 1) {
    throw optionError('maxFailures', maxFailures, 'a whole number, 1 or more')
  }
  const users = knownUsers(options.users)
  const failures = new Failures(clock, maxFailures)
  const proven = new Proven(clock)
  const challenge = { 'www-authenticate': `Basic realm="${realm}", charset="UTF-8"` }

  return async ({ headers, method }, { remoteAddress = '' }) => {
    const header = headers.get('authorization') ?? ''
    const given = credentialsIn(header)
    if (given === undefined) return respondText(method, 401, 'Who are you?', challenge)
    const already = proven.of(header)
    if (already !== undefined) return already
    if (failures.isOver(remoteAddress)) {
      return respondText(method, 429, 'Too many wrong passwords: wait a minute.', {
        'retry-after': '60',
      })
    }
    const known = users.get(given.name)
    // Before it is known: else many at once would all be let try.
    failures.add(remoteAddress)
    const hash = known?.hash ?? NOBODY
    const isRight = hash !== undefined && (await isPassword(given.password, hash))
    if (!isRight || known === undefined) {
      return respondText(method, 401, 'The name or the password is wrong.', challenge)
    }
    failures.takeBack(remoteAddress)
    const user = { name: known.name, permissions: known.permissions }
    proven.add(header, user)
    return user
  }
}

function knownUsers(users: BasicAuthOptions['users']): ReadonlyMap<string, Known> {
  if (typeof users !== 'object' || users === null || Object.keys(users).length === 0) {
    throw optionError('users', users, 'an object with one name or more')
  }
  return new Map(
    Object.entries(users).map(([name, user]) => {
      const { hash: text, permissions } =
        typeof user === 'string' ? { hash: user, permissions: undefined } : user
      const hash = typeof text === 'string' ? parseHash(text) : undefined
      if (name === '' || name.includes(':')) throw optionError('users', name, 'names without ":"')
      // Not the value: somebody may have written the password there.
      if (hash === undefined) throw optionError('users', name, 'a hash of `hashPassword`')
      return [name, { name, hash, permissions }]
    }),
  )
}

function credentialsIn(
  header: string,
): { readonly name: string; readonly password: string } | undefined {
  const [, encoded] = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header) ?? []
  if (encoded === undefined || header.length > MAX_HEADER) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) return undefined
  return { name: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** How many wrong passwords came from where, of late. Bounded: the oldest address is forgotten. */
class Failures {
  readonly #clock: Clock
  readonly #most: number
  readonly #counts = new Map<string, { count: number; readonly until: Milliseconds }>()

  constructor(clock: Clock, most: number) {
    this.#clock = clock
    this.#most = most
  }

  isOver(address: string): boolean {
    const known = this.#counts.get(address)
    if (known === undefined) return false
    if (this.#clock.monotonic() < known.until) return known.count >= this.#most
    this.#counts.delete(address)
    return false
  }

  add(address: string): void {
    const known = this.#counts.get(address)
    if (known !== undefined) {
      known.count++
      return
    }
    const [oldest] = this.#counts.keys()
    if (this.#counts.size >= MAX_ADDRESSES && oldest !== undefined) this.#counts.delete(oldest)
    this.#counts.set(address, { count: 1, until: this.#clock.monotonic() + MINUTE })
  }

  takeBack(address: string): void {
    const known = this.#counts.get(address)
    if (known !== undefined) known.count--
  }
}

/**
 * Who was right within the last minute: a page asks every second, and a hash takes a tenth of one.
 * What was sent is not kept, only a digest with a key of this process.
 */
class Proven {
  readonly #clock: Clock
  readonly #key = randomBytes(32)
  readonly #users = new Map<string, { readonly user: AdminUser; readonly until: Milliseconds }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of(header: string): AdminUser | undefined {
    const digest = this.#digest(header)
    const known = this.#users.get(digest)
    if (known === undefined) return undefined
    if (this.#clock.monotonic() < known.until) return known.user
    this.#users.delete(digest)
    return undefined
  }

  add(header: string, user: AdminUser): void {
    if (this.#users.size >= MAX_CREDENTIALS) this.#users.clear()
    this.#users.set(this.#digest(header), { user, until: this.#clock.monotonic() + MINUTE })
  }

  #digest(header: string): string {
    return createHmac('sha256', this.#key).update(header).digest('base64')
  }
}
