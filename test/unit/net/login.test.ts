import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { MemcachedClient } from '../../../src/client/index.ts'
import { type Credentials, Login } from '../../../src/net/login.ts'

describe('Login', () => {
  it('counts bytes, not characters', () => {
    expect(new Login({ username: 'ä', password: '€' }).command.toString()).toBe(
      'set reprise#login 0 -1 6\r\nä €\r\n',
    )
  })

  it('takes a password with blanks and colons', () => {
    expect(new Login({ username: 'a', password: 'b c:d' }).command.toString()).toBe(
      'set reprise#login 0 -1 7\r\na b c:d\r\n',
    )
  })

  it.each([
    [{ username: 'a b', password: 'secret' }, '`auth.username`'],
    [{ username: 'a:b', password: 'secret' }, '`auth.username`'],
    [{ username: 'a\r\nmn', password: 'secret' }, '`auth.username`'],
    [{ username: '', password: 'secret' }, '`auth.username`'],
    [{ username: 'a\u0000', password: 'secret' }, '`auth.username`'],
    [{ username: 7, password: 'secret' }, '`auth.username`'],
    [{ username: 'a', password: 'secret\r' }, '`auth.password`'],
    [{ username: 'a', password: 'secret\nget x' }, '`auth.password`'],
    [{ username: 'a', password: 'secret\u0000' }, '`auth.password`'],
    [{ username: 'a', password: 'secret\u007f' }, '`auth.password`'],
    [{ username: 'a', password: '' }, '`auth.password`'],
    [{ username: 'a' }, '`auth.password`'],
    [{ username: 'a', password: 'secret'.repeat(50) }, '253 bytes'],
    [{ username: 'a', pass: 'secret' }, '"pass"'],
    ['user:secret', 'an object with `username` and `password`'],
    [['user', 'secret'], 'an object with `username` and `password`'],
    [null, 'an object with `username` and `password`'],
  ])('refuses credentials without showing them (%#)', (auth, message) => {
    const make = () => new MemcachedClient({ servers: 'a', auth: auth as Credentials })

    expect(make).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(message),
      }),
    )
    expect(make).not.toThrow(/secret/)
  })

  it('shows its password to no inspection', () => {
    const auth = { username: 'app', password: 's3cret' }
    const client = new MemcachedClient({ servers: 'a', auth })

    for (const thing of [new Login(auth), client]) {
      const shown = inspect(thing, { depth: Infinity, showHidden: true })
      expect(shown + JSON.stringify(thing)).not.toContain('s3cret')
    }
  })
})
