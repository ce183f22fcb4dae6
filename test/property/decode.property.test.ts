import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CacheError } from '../../src/errors.ts'
import { ReplyDecoder } from '../../src/protocol/decode.ts'
import type { Reply } from '../../src/protocol/reply.ts'

const LIMIT = 4096

describe('ReplyDecoder', () => {
  it('reads the same replies however the bytes are cut', () => {
    const cuts = fc.array(fc.nat(2048), { maxLength: 16 })
    fc.assert(
      fc.property(fc.array(sentReply(), { minLength: 1, maxLength: 8 }), cuts, (sent, cutAt) => {
        const wire = Buffer.concat(sent.map(write))
        const edges = [0, ...cutAt.map((at) => Math.min(at, wire.length)), wire.length]
        edges.sort((a, b) => a - b)

        const received = decode(edges.map((edge, i) => wire.subarray(edges[i - 1] ?? 0, edge)))

        expect(received.map(essence)).toEqual(sent.map(read))
      }),
      { numRuns: 500 },
    )
  })

  it('reads the same replies one byte at a time', () => {
    fc.assert(
      fc.property(fc.array(sentReply(), { minLength: 1, maxLength: 4 }), (sent) => {
        const wire = Buffer.concat(sent.map(write))

        const received = decode(Array.from(wire, (_, i) => wire.subarray(i, i + 1)))

        expect(received.map(essence)).toEqual(sent.map(read))
      }),
    )
  })
})

describe('ReplyDecoder on what is no reply', () => {
  it('survives bytes that are no reply at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decode([Buffer.from(bytes)])
        } catch (error) {
          expect(CacheError.is(error) && error.code).toBe('ERR_PROTOCOL')
        }
      }),
      { numRuns: 2000 },
    )
  })
})

interface SentReply {
  readonly status: string
  readonly flags: readonly string[]
  readonly value: Buffer | undefined
}

function sentReply(): fc.Arbitrary<SentReply> {
  const u32 = fc.nat(0xffff_ffff)
  const flag = fc.oneof(
    fc.stringMatching(/^O[!-~]{1,31}$/),
    fc.stringMatching(/^k[!-~]{1,250}$/),
    u32.map((n) => `f${n}`),
    u32.map((n) => `c${n}`),
    u32.map((n) => `s${n}`),
    fc.constantFrom('t-1', 't30', 'W', 'X', 'Z', 'b'),
  )
  const flags = fc.uniqueArray(flag, { selector: (word) => word[0], maxLength: 8 })
  const value = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
  return fc.oneof(
    fc.record({
      status: fc.constantFrom('HD', 'EN', 'NF', 'NS', 'EX'),
      flags,
      value: fc.constant(undefined),
    }),
    fc.record({ status: fc.constant('VA'), flags, value }),
  )
}

/** As a server writes it. */
function write({ status, flags, value }: SentReply): Buffer {
  const size = value === undefined ? [] : [`${value.length}`]
  const line = Buffer.from(`${[status, ...size, ...flags].join(' ')}\r\n`, 'latin1')
  return value === undefined ? line : Buffer.concat([line, value, Buffer.from('\r\n')])
}

/** What must come out of it. */
function read({ status, flags, value }: SentReply): unknown {
  const token = (letter: string) => flags.find((word) => word[0] === letter)?.slice(1)
  return [
    status,
    token('O') ?? '',
    token('k'),
    Number(token('f') ?? 0),
    token('c'),
    token('s'),
    token('t'),
    ['W', 'X', 'Z', 'b'].map((letter) => flags.includes(letter)),
    value?.toString('hex'),
  ]
}

function essence(reply: Reply): unknown {
  if (reply.kind !== 'meta') return reply
  return [
    reply.status,
    reply.tag.slice(1),
    reply.key,
    reply.flags,
    reply.cas?.toString(),
    reply.size?.toString(),
    reply.ttl?.toString(),
    [reply.won, reply.stale, reply.busy, reply.base64],
    reply.value?.toString('hex'),
  ]
}

function decode(chunks: readonly Buffer[], received: Reply[] = []): Reply[] {
  const decoder = new ReplyDecoder((reply) => received.push(reply), LIMIT)
  for (const chunk of chunks) decoder.push(chunk)
  return received
}
