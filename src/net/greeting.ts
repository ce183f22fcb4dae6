import { CacheError, shown } from '../errors.ts'
import type { Bytes } from '../units.ts'
import type { Login } from './login.ts'

// Of a server's line. Longer is something else.
const MAX_LINE: Bytes = 2048

// `mn` tells that meta commands are understood. `version` names the server where they are not, and
// makes the greeting longer than the five bytes without which a server that expects TLS waits
// silently (measured on 1.6.18) instead of hanging up.
const HELLO = Buffer.from('version\r\nmn\r\n')

/**
 * The first words on a connection, and whether the server's answer is that of a Memcached server
 * which is ready: that of a listener that only accepts, of a full server ("Too many open
 * connections"), of another protocol, or of one that wants a login, is not, and no command was sent.
 */
export class Greeting {
  readonly #server: string
  readonly #login: Login | undefined
  #text = ''
  #loggingIn: boolean
  #version: string | undefined

  /** `server` is its name, for messages. */
  constructor(server: string, login: Login | undefined) {
    this.#server = server
    this.#login = login
    this.#loggingIn = login !== undefined
  }

  /** What to send, in one write: a login costs no round trip of its own. */
  get bytes(): Buffer {
    return this.#login === undefined ? HELLO : Buffer.concat([this.#login.command, HELLO])
  }

  /** What the server calls itself, such as `1.6.18`; `undefined` until it has, or where it does not. */
  get version(): string | undefined {
    return this.#version
  }

  /**
   * Takes what arrived. Returns `true` once the server is ready.
   *
   * @throws {@link CacheError} `ERR_AUTH`, or `ERR_CONNECTION`: the connection is of no use.
   */
  take(chunk: Buffer): boolean {
    this.#text += chunk.toString('latin1')
    for (;;) {
      const end = this.#text.indexOf('\n')
      if (end === -1) {
        if (!mayBegin(this.#text)) throw this.#unexpected(this.#text)
        return false
      }
      const line = this.#text.slice(0, end).replace(/\r$/, '')
      this.#text = this.#text.slice(end + 1)
      if (!this.#isLast(line)) continue
      // Nothing else was asked for.
      if (this.#text !== '') throw this.#unexpected(this.#text)
      return true
    }
  }

  #isLast(line: string): boolean {
    if (this.#loggingIn) {
      this.#checkLogin(line)
      return false
    }
    if (line === 'MN') return true
    if (line === 'CLIENT_ERROR unauthenticated') throw this.#wantsLogin()
    if (this.#version !== undefined || !line.startsWith('VERSION ')) throw this.#unexpected(line)
    this.#version = line.slice('VERSION '.length)
    return false
  }

  #checkLogin(line: string): void {
    this.#loggingIn = false
    // A full server without `-Y` could not store what logs in: whether it is ready, `mn` tells.
    if (line === 'STORED' || line.startsWith('SERVER_ERROR ')) return
    if (line.startsWith('CLIENT_ERROR ')) throw this.#refused()
    throw this.#unexpected(line)
  }

  #wantsLogin(): CacheError {
    if (this.#login !== undefined) return this.#refused()
    return this.#error('ERR_AUTH', 'wants a user name and a password: set `auth`')
  }

  #refused(): CacheError {
    return this.#error('ERR_AUTH', 'refused the user name or the password of `auth`')
  }

  #unexpected(line: string): CacheError {
    const version = this.#version === undefined ? '' : ` (version ${shown(this.#version)})`
    return this.#error('ERR_CONNECTION', `greeted with ${shown(line)}${version}`)
  }

  #error(code: 'ERR_AUTH' | 'ERR_CONNECTION', what: string): CacheError {
    const server = this.#server
    return new CacheError(code, `The server ${server} ${what}.`, { server })
  }
}

const FIRST_WORDS = ['VERSION ', 'MN', 'STORED', 'ERROR', 'CLIENT_ERROR ', 'SERVER_ERROR ']

/** Whether a line may go on so. What may not need not be waited for: garbage may have no end. */
function mayBegin(text: string): boolean {
  if (text.length > MAX_LINE) return false
  return FIRST_WORDS.some((word) => text.startsWith(word) || word.startsWith(text))
}
