import { describe, expect, it } from 'vitest'
import { parseServers } from '../../../src/net/address.ts'

describe('parseServers', () => {
  it.each([
    ['a', 'a:11211', 'a:11211', { host: 'a', port: 11_211 }],
    ['10.0.0.1:22', '10.0.0.1:22', '10.0.0.1:22', { host: '10.0.0.1', port: 22 }],
    [
      'my-host.local',
      'my-host.local:11211',
      'my-host.local:11211',
      { host: 'my-host.local', port: 11_211 },
    ],
    ['[::1]', '[::1]:11211', '::1:11211', { host: '::1', port: 11_211 }],
    ['[fe80::2]:7', '[fe80::2]:7', 'fe80::2:7', { host: 'fe80::2', port: 7 }],
    ['[fe80::2%eth0]:7', '[fe80::2%eth0]:7', 'fe80::2%eth0:7', { host: 'fe80::2%eth0', port: 7 }],
    [
      '[::ffff:10.0.0.1]',
      '[::ffff:10.0.0.1]:11211',
      '::ffff:10.0.0.1:11211',
      { host: '::ffff:10.0.0.1', port: 11_211 },
    ],
    ['unix:/run/mc.sock', '/run/mc.sock', '/run/mc.sock', { path: '/run/mc.sock' }],
    ['/run/mc.sock', '/run/mc.sock', '/run/mc.sock', { path: '/run/mc.sock' }],
  ])('reads %s', (text, name, node, target) => {
    expect(parseServers([text])).toEqual([{ name, node, target, weight: 1 }])
  })

  it('splits one string on commas and semicolons, and keeps the order', () => {
    expect(parseServers('b, a:1;/s').map(({ name }) => name)).toEqual(['b:11211', 'a:1', '/s'])
  })

  it.each([
    ['a*2', 'a:11211', 2],
    [' 10.0.0.1:22*65535 ', '10.0.0.1:22', 65_535],
    ['[::1]*3', '[::1]:11211', 3],
    ['unix:/run/mc.sock*4', '/run/mc.sock', 4],
    [{ server: 'a', weight: 2 }, 'a:11211', 2],
    [{ server: 'a:22' }, 'a:22', 1],
    [{ server: 'a', weight: undefined }, 'a:11211', 1],
    [{ server: '/run/odd*5', weight: 7 }, '/run/odd*5', 7],
  ])('reads the weight of %j', (entry, name, weight) => {
    expect(parseServers([entry])).toEqual([expect.objectContaining({ name, weight })])
  })

  it.each([
    'a*0',
    'a*',
    'a*-1',
    'a*1.5',
    'a*65536',
    'a*2*3',
    'a:11211:2',
    { server: 'a', weight: 0 },
    { server: 'a', weight: '2' },
    { server: 'a', weight: Number.NaN },
    { server: 'a*2', weight: 2 },
    { server: 'a', wieght: 2 },
    { host: 'a' },
  ])('refuses %j', (entry) => {
    expect(() => parseServers([entry as string])).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })

  it('tells which weight is wrong and what is allowed', () => {
    expect(() => parseServers('a,b*0')).toThrow(
      '`weight` in `servers` is 0: it must be a whole number from 1 to 65535.',
    )
  })

  it.each([
    [''],
    ['a,,b'],
    ['a:0'],
    ['a:65536'],
    ['a:b'],
    ['::1'],
    ['[a]'],
    ['[::1]x'],
    ['a b'],
    ['http://a'],
    ['a,a:11211'],
    ['a,a*2'],
  ])('refuses %j', (servers) => {
    expect(() => parseServers(servers)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining('`servers`'),
      }),
    )
  })

  it.each([[[]], [[7]], [undefined]])('refuses %j, which is no list of strings', (servers) => {
    expect(() => parseServers(servers as unknown as string[])).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })

  it.each(['user:secret@a', 'a,user:secret@b:1', 'memcached://user:secret@a'])(
    'shows no password of %j',
    (servers) => {
      expect(() => parseServers(servers)).toThrow(/`auth`/)
      expect(() => parseServers(servers)).not.toThrow(/secret/)
    },
  )
})
