import { describe, expect, it } from 'vitest'
import {
  gated,
  readArithmetic,
  readGet,
  readSet,
  readUnlessCas,
  VOID,
} from '../../../src/client/commands/answers.ts'
import { type MetaReply, VOID_CAS } from '../../../src/protocol/meta-reply.ts'
import { parseReply } from '../../../src/protocol/reply.ts'

const origin = { server: 'a:1', connection: 3 }
const token = { value: 12n, connection: 3 }

// What servers of other versions answer than the one that runs in the integration tests.
describe('readUnlessCas', () => {
  const read = readUnlessCas(token, readGet)

  it('reads the hit without a value of memcached 1.6.40 as unchanged', () => {
    expect(read(meta('HD f7 c12 t30 O1 kk'), origin)).toMatchObject({
      kind: 'unchanged',
      flags: 7,
      cas: token,
      ttl: 30,
    })
  })

  it('knows the version where the server left it out with the value', () => {
    expect(read(meta('HD O1 kk'), origin)).toMatchObject({ kind: 'unchanged', cas: token })
  })

  it('drops the value that an older server sends all the same', () => {
    const reply = read(meta('VA 1 c12 O1 kk', 'v'), origin)

    expect(reply).toMatchObject({ kind: 'unchanged', cas: token })
    expect(reply).not.toHaveProperty('value')
  })

  it('reads another version, and a miss, as such', () => {
    expect(read(meta('VA 1 c13 O1 kk', 'v'), origin)).toMatchObject({
      kind: 'hit',
      value: Buffer.from('v'),
      cas: { value: 13n, connection: 3 },
    })
    expect(read(meta('EN O1 kk'), origin)).toEqual({ kind: 'miss' })
  })

  it('tells that nothing was sent, since the connection of the token has ended', () => {
    expect(read(VOID_CAS, origin)).toBe(VOID)
  })
})

describe('readSet', () => {
  it('reads the size that memcached 1.6.20 tells', () => {
    expect(readSet(meta('HD s6 O1 kk'), origin)).toEqual({
      kind: 'stored',
      cas: undefined,
      size: 6,
    })
  })

  it('tells no version of what was not stored', () => {
    expect(readSet(meta('EX c0 O1 kk'), origin)).toEqual({ kind: 'exists' })
  })
})

describe('readArithmetic', () => {
  it('reads number, version and lifetime', () => {
    expect(readArithmetic(meta('VA 2 c5 t-1 O1 kk', '18'), origin)).toEqual({
      kind: 'value',
      value: 18n,
      cas: { value: 5n, connection: 3 },
      ttl: Infinity,
    })
    expect(readArithmetic(meta('EX O1 kk'), origin)).toEqual({ kind: 'exists' })
  })
})

describe('gated', () => {
  it('names the option that an older server does not know, and its version', () => {
    const error = parseReply('CLIENT_ERROR invalid or duplicate flag')
    if (error.kind !== 'error') throw new Error('no error line')

    expect(() => gated(readSet, 'dropValue')(error, origin)).toThrow(
      expect.objectContaining({
        code: 'ERR_SERVER',
        applied: 'no',
        server: 'a:1',
        message:
          'The server a:1 answered "CLIENT_ERROR invalid or duplicate flag": `dropValue` takes memcached 1.6.27 or later.',
      }),
    )
  })
})

function meta(line: string, value?: string): MetaReply {
  const reply = parseReply(line)
  if (reply.kind !== 'meta') throw new Error('no reply to a meta command')
  if (value !== undefined) reply.value = Buffer.from(value)
  return reply
}
