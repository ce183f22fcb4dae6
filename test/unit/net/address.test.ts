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
    ['unix:/run/mc.sock', '/run/mc.sock', '/run/mc.sock', { path: '/run/mc.sock' }],
    ['/run/mc.sock', '/run/mc.sock', '/run/mc.sock', { path: '/run/mc.sock' }],
  ])('reads %s', (text, name, node, target) => {
    expect(parseServers([text])).toEqual([{ name, node, target }])
  })

  it('splits one string on commas and semicolons, and keeps the order', () => {
    expect(parseServers('b, a:1;/s').map(({ name }) => name)).toEqual(['b:11211', 'a:1', '/s'])
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
})
