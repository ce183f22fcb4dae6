import { describe, expect, it } from 'vitest'
import { Greeting } from '../../../src/net/greeting.ts'
import { Login } from '../../../src/net/login.ts'

const login = new Login({ username: 'app', password: 's3cret' })

describe('Greeting', () => {
  it('asks for the version and a no-op', () => {
    expect(new Greeting('a:1', undefined).bytes.toString()).toBe('version\r\nmn\r\n')
  })

  it('logs in within the same write, with what no server keeps', () => {
    expect(new Greeting('a:1', login).bytes.toString()).toBe(
      'set reprise#login 0 -1 10\r\napp s3cret\r\nversion\r\nmn\r\n',
    )
  })

  it.each([
    ['of a server', undefined, 'VERSION 1.6.18\r\nMN\r\n', '1.6.18'],
    ['without a version', undefined, 'MN\r\n', undefined],
    ['with bare line feeds', undefined, 'VERSION 1.6.18\nMN\n', '1.6.18'],
    ['to a login', login, 'STORED\r\nVERSION 1.6.18\r\nMN\r\n', '1.6.18'],
    [
      'of a full server that wants no login',
      login,
      'SERVER_ERROR out of memory storing object\r\nVERSION 1.6.18\r\nMN\r\n',
      '1.6.18',
    ],
  ])('takes the answer %s, however it is cut', (_, auth, answer, version) => {
    const greeting = new Greeting('a:1', auth)
    const bytes = Array.from(Buffer.from(answer), (byte) => Buffer.from([byte]))
    const last = bytes.pop() ?? Buffer.alloc(0)

    for (const byte of bytes) expect(greeting.take(byte)).toBe(false)
    expect(greeting.take(last)).toBe(true)
    expect(greeting.version).toBe(version)
  })

  it.each([
    [undefined, 'CLIENT_ERROR unauthenticated\r\n', 'wants a user name and a password: set `auth`'],
    [login, 'CLIENT_ERROR authentication failure\r\n', 'refused the user name or the password'],
    // All that 1.6.18 says, where more was pipelined behind a login that failed.
    [login, 'CLIENT_ERROR unauthenticated\r\n', 'refused the user name or the password'],
    [login, 'STORED\r\nCLIENT_ERROR unauthenticated\r\n', 'refused the user name or the password'],
    [login, 'CLIENT_ERROR auth token too long\r\n', 'refused the user name or the password'],
  ])('tells a missing login (%#)', (auth, answer, message) => {
    expect(() => new Greeting('a:1', auth).take(Buffer.from(answer))).toThrow(
      expect.objectContaining({
        code: 'ERR_AUTH',
        server: 'a:1',
        applied: 'no',
        message: expect.stringContaining(message),
      }),
    )
  })

  it.each([
    [undefined, '\0\u0001 garbage without an end', 'garbage without an end'],
    [undefined, 'VERB', 'VERB'],
    [undefined, 'ERROR Too many open connections\r\n', 'ERROR Too many open connections'],
    [undefined, 'HTTP/1.1 400 Bad Request\r\n', 'HTTP/1.1 400 Bad Request'],
    [undefined, 'VERSION 1.4.15\r\nERROR\r\n', '"ERROR" (version "1.4.15")'],
    [undefined, 'VERSION 1\r\nVERSION 1\r\n', '"VERSION 1"'],
    [undefined, 'MN\r\nMN\r\n', 'MN'],
    [undefined, 'STORED\r\n', 'STORED'],
    [login, 'MN\r\n', 'MN'],
    [login, 'ERROR\r\n', 'ERROR'],
    [undefined, 'x'.repeat(2049), 'xxx'],
  ])('refuses what no server says (%#)', (auth, answer, message) => {
    expect(() => new Greeting('a:1', auth).take(Buffer.from(answer))).toThrow(
      expect.objectContaining({
        code: 'ERR_CONNECTION',
        server: 'a:1',
        message: expect.stringContaining(message),
      }),
    )
  })
})
