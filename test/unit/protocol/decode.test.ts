import { describe, expect, it } from 'vitest'
import { ReplyDecoder } from '../../../src/protocol/decode.ts'
import { isHarmless, type Reply } from '../../../src/protocol/reply.ts'

describe('ReplyDecoder', () => {
  it('reads a hit with everything that may be asked for', () => {
    expect(decode('VA 3 f5 c18446744073709551615 t-1 s3 O2 kZm9v b W\r\na\r\n\r\n')).toEqual([
      {
        kind: 'meta',
        status: 'VA',
        tag: 'O2',
        key: 'Zm9v',
        base64: true,
        flags: 5,
        cas: 18_446_744_073_709_551_615n,
        ttl: -1,
        size: 3,
        hitBefore: undefined,
        lastAccess: undefined,
        won: true,
        stale: false,
        busy: false,
        value: Buffer.from('a\r\n'),
      },
    ])
  })

  it.each([
    ['VA 0 W X\r\n\r\n', { won: true, stale: true, busy: false }],
    ['VA 0 X W\r\n\r\n', { won: true, stale: true, busy: false }],
    ['VA 0 Z X\r\n\r\n', { won: false, stale: true, busy: true }],
    ['HD X Z\r\n', { won: false, stale: true, busy: true }],
  ])('reads the hints of %j in any order', (wire, expected) => {
    expect(decode(wire)).toMatchObject([expected])
  })

  it.each([
    ['EN O3 kfoo\r\n', { kind: 'meta', status: 'EN', tag: 'O3', key: 'foo', value: undefined }],
    ['HD\r\n', { kind: 'meta', status: 'HD', tag: '', key: undefined }],
    ['NS kfoo O5\r\n', { status: 'NS', tag: 'O5', key: 'foo' }],
    ['STAT items:1:age 5 6\r\n', { kind: 'stat', name: 'items:1:age', value: '5 6' }],
    ['STAT binding_protocol \r\n', { kind: 'stat', name: 'binding_protocol', value: '' }],
    ['STAT bare\r\n', { kind: 'stat', name: 'bare', value: '' }],
    ['END\r\n', { kind: 'end' }],
    ['OK\r\n', { kind: 'ok' }],
    ['RESET\r\n', { kind: 'ok' }],
    ['MN\r\n', { kind: 'noop' }],
    ['VERSION 1.6.18\r\n', { kind: 'version', version: '1.6.18' }],
    ['ERROR\r\n', { kind: 'error', word: 'ERROR', text: '' }],
    ['ERROR Too many open connections\r\n', { text: 'Too many open connections' }],
    ['SERVER_ERROR out of memory\r\n', { word: 'SERVER_ERROR', text: 'out of memory' }],
    ['HD f18446744073709551615\r\n', { flags: 4_294_967_295 }],
  ])('reads %j', (wire, expected) => {
    expect(decode(wire)).toMatchObject([expected])
  })

  it.each([
    ['a value above the limit', 'VA 1025\r\n', 'a value of 1025 bytes, where 1024 are allowed'],
    ['a value of two billion bytes', 'VA 2000000000\r\n', 'a value of 2000000000 bytes'],
    ['a negative size', 'VA -1\r\n', 'a value without a size'],
    ['a size that is no number', 'VA 1e2\r\n', 'a value without a size'],
    ['no size', 'VA\r\n', 'a value without a size'],
    ['a value of another length', 'VA 1\r\nabcd\r\n', 'a value of another length'],
    ['a value that ends in a bare line feed', 'VA 1\r\na\n\n', 'a value of another length'],
    ['an empty line', '\r\n', 'a line that is no reply'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n', 'a line that is no reply'],
    ['a word that only begins like a reply', 'HDX\r\n', 'a line that is no reply'],
    ['a classic reply', 'VALUE a 0 1\r\n', 'a line that is no reply'],
    ['a bare line feed', 'HD\n', 'a line feed without a carriage return'],
    ['an endless line', 'x'.repeat(2049), 'an endless line'],
    ['a flag that nobody asked for', 'HD y1\r\n', 'a flag that was not asked for'],
    ['two spaces', 'HD  f1\r\n', 'a flag that was not asked for'],
    ['client flags that are no number', 'HD fx\r\n', 'client flags that are no number'],
    ['a CAS that is no number', 'HD c-1\r\n', 'a CAS that is no number'],
    ['a time that is no number', 'HD t-2\r\n', 'a time that is no number'],
    ['a size flag that is no number', 'HD s\r\n', 'a size that is no number'],
    ['a figure without a name', 'STAT  1\r\n', 'a statistic without a name'],
    ['figures without anything', 'STAT\r\n', 'a statistic without a name'],
  ])('refuses %s', (_, wire, what) => {
    expect(() => decode(wire)).toThrow(
      expect.objectContaining({
        code: 'ERR_PROTOCOL',
        applied: 'unknown',
        message: expect.stringContaining(what),
      }),
    )
  })

  it('reads a chunk of many KiB, whose lines lie at any place of it', () => {
    const sizes = Array.from({ length: 300 }, (_, i) => (i * 37) % 211)
    const wire = sizes.map(
      (size, i) => `VA ${size} f${i} O${i} kkey:${i}\r\n${'\n'.repeat(size)}\r\n`,
    )

    const replies = decode(wire.join(''))

    expect(
      replies.map((reply) =>
        reply.kind === 'meta' ? [reply.tag, reply.key, reply.flags, reply.value?.length] : reply,
      ),
    ).toEqual(sizes.map((size, i) => [`O${i}`, `key:${i}`, i, size]))
  })

  it('does not show what it could not read: it may be a value', () => {
    expect(() => decode('secret-token\r\n')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    )
  })

  it('gives values that do not share memory with what was received', () => {
    const received: Reply[] = []
    const chunk = Buffer.from('VA 3\r\nabc\r\n')
    new ReplyDecoder((reply) => received.push(reply), 1024).push(chunk)
    chunk.fill('x')

    expect(received).toMatchObject([{ value: Buffer.from('abc') }])
  })
})

describe('isHarmless', () => {
  it.each([
    ['SERVER_ERROR', 'object too large for cache', true],
    ['SERVER_ERROR', 'out of memory storing object', true],
    ['CLIENT_ERROR', 'cannot increment or decrement non-numeric value', true],
    ['CLIENT_ERROR', 'flush_all not allowed', true],
    ['CLIENT_ERROR', 'bad data chunk', false],
    ['CLIENT_ERROR', 'bad command line format', false],
    ['CLIENT_ERROR', 'unauthenticated', false],
    ['ERROR', '', false],
  ] as const)('%s %s: %s', (word, text, expected) => {
    expect(isHarmless({ kind: 'error', word, text })).toBe(expected)
  })
})

function decode(wire: string): Reply[] {
  const received: Reply[] = []
  const decoder = new ReplyDecoder((reply) => received.push(reply), 1024)
  decoder.push(Buffer.from(wire, 'latin1'))
  return received
}
