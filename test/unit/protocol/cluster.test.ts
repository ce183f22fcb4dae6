import { describe, expect, it } from 'vitest'
import { isClusterReply, parseCluster } from '../../../src/protocol/cluster.ts'

const reply = (body: string, head = 'CONFIG cluster 0 147'): string =>
  `${head}\r\n${body}\n\r\nEND\r\n`

describe('parseCluster', () => {
  it('reads the version, and nodes by their host names', () => {
    const nodes =
      'c.0001.use1.cache.amazonaws.com|10.82.235.120|11211 c.0002.use1.cache.amazonaws.com|10.80.249.27|11212'

    expect(parseCluster(reply(`12\n${nodes}`))).toEqual({
      version: 12,
      nodes: [
        { host: 'c.0001.use1.cache.amazonaws.com', port: 11_211 },
        { host: 'c.0002.use1.cache.amazonaws.com', port: 11_212 },
      ],
    })
  })

  it.each([
    ['an empty address', 'a.example||11211', { host: 'a.example', port: 11_211 }],
    ['an empty name', '|10.0.0.1|11211', { host: '10.0.0.1', port: 11_211 }],
    ['a name that begins with a digit', '0001.x|10.0.0.1|1', { host: '0001.x', port: 1 }],
    ['an IPv6 address', '|fd00::1|11211', { host: 'fd00::1', port: 11_211 }],
  ])('reads %s', (_, node, expected) => {
    expect(parseCluster(reply(`1\n${node}`))?.nodes).toEqual([expected])
  })

  it('reads what engines before 1.4.14 answer', () => {
    const old = reply('3\na||11211', 'VALUE AmazonElastiCache:cluster 0 12')

    expect(parseCluster(old)).toEqual({ version: 3, nodes: [{ host: 'a', port: 11_211 }] })
  })

  it('reads a cluster without nodes', () => {
    expect(parseCluster(reply('7\n'))).toEqual({ version: 7, nodes: [] })
  })

  it.each([['ERROR\r\n'], ['CLIENT_ERROR no such thing\r\n'], ['END\r\n']])(
    'finds nothing in %j',
    (text) => {
      expect(parseCluster(text)).toBeUndefined()
    },
  )

  it.each([
    [reply('x\na||11211')],
    [reply('1\na|11211')],
    [reply('1\na||0')],
    [reply('1\na||65536')],
    [reply('1\n||11211')],
    [reply('1\na b||11211')],
    ['HTTP/1.1 400 Bad Request\r\nEND\r\n'],
  ])('refuses %j', (text) => {
    expect(() => parseCluster(text)).toThrow(expect.objectContaining({ code: 'ERR_PROTOCOL' }))
  })
})

describe('isClusterReply', () => {
  it.each([
    [reply('1\na||11211'), true],
    ['ERROR\r\n', true],
    ['SERVER_ERROR out of memory\r\n', true],
    ['ERROR', false],
    ['CONFIG cluster 0 147\r\n', false],
    ['CONFIG cluster 0 147\r\n1\na||11211\n\r\nEND', false],
  ])('of %j is %j', (text, whole) => {
    expect(isClusterReply(text)).toBe(whole)
  })
})
