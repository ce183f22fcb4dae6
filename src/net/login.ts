import { CacheError, checkOptions } from '../errors.ts'
import type { Bytes } from '../units.ts'

/** Who a client is to servers that were started with `-Y` (an authentication file). */
export interface Credentials {
  /** No blank, no colon, no control character. */
  readonly username: string
  /**
   * No control character. Memcached 1.6.18 refuses a password with a blank, even the right one;
   * later servers take it.
   */
  readonly password: string
}

// A line of the server's file has at most 255 bytes, colon and line feed among them (memcached
// authfile.c, `MAX_ENTRY_LEN`).
const MAX_BYTES: Bytes = 253

/**
 * Checked credentials as the command that logs in. They are in no property that a log, an
 * inspection or a message could show.
 */
export class Login {
  readonly #command: Buffer

  /** @throws {@link CacheError} `ERR_OPTION_INVALID`, which shows neither of them. */
  constructor(credentials: Credentials) {
    const token = Buffer.from(checkedToken(credentials), 'utf8')
    // A server without `-Y` would store this, for everybody to read, so that it goes in expired,
    // under a key that no user's key can be. One with `-Y` looks at neither (memcached
    // proto_text.c: "key, flags, and ttl are ignored").
    const line = Buffer.from(`set reprise#login 0 -1 ${token.length}\r\n`, 'latin1')
    this.#command = Buffer.concat([line, token, Buffer.from('\r\n')])
  }

  /** Answered `STORED` where it worked. Source: memcached doc/protocol.txt, "Authentication". */
  get command(): Buffer {
    return this.#command
  }
}

function checkedToken(credentials: Credentials): string {
  if (typeof credentials !== 'object' || credentials === null || Array.isArray(credentials)) {
    throw refused('`auth` must be an object with `username` and `password`')
  }
  checkOptions('`auth`', credentials, ['username', 'password'])
  const { username, password } = credentials
  if (!isText(username) || /[ :]/.test(username)) {
    throw refused('`auth.username` must be text without blanks, colons and control characters')
  }
  if (!isText(password)) {
    throw refused('`auth.password` must be text without control characters')
  }
  if (Buffer.byteLength(username) + Buffer.byteLength(password) > MAX_BYTES) {
    throw refused(`\`auth\` must have at most ${MAX_BYTES} bytes, user name and password together`)
  }
  return `${username} ${password}`
}

function isText(text: unknown): text is string {
  // By bytes: of UTF-8 only these are control characters on the wire.
  return typeof text === 'string' && text !== '' && Buffer.from(text).every(isPrintable)
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x7f
}

function refused(what: string): CacheError {
  return new CacheError('ERR_OPTION_INVALID', `${what}.`)
}
