import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { CacheError } from '../../src/errors.ts'
import { ReplyDecoder } from '../../src/protocol/decode.ts'
import type { Reply } from '../../src/protocol/reply.ts'
import { startMemcached } from '../support/memcached.ts'
import { ask } from '../support/raw.ts'

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

describe('ReplyDecoder on what a real server sent, mutated', () => {
  let recorded: Buffer

  beforeAll(async () => {
    await using server = await startMemcached()
    const text = await ask(
      server.port,
      [
        'ms foo 11 T0 F5 c O1 k\r\nhello\r\nmore\r\n',
        'mg foo v f c t s O2 k\r\nmg nope v O3 k\r\nmd nope O4 k\r\n',
        'ma n N0 J5 O9 k v\r\nma foo O10 k v\r\nmg lease N5 v f c t O11 k\r\n',
        'mg lease N5 v f c t O12 k\r\nmd foo I T10 O2 k\r\nmg foo v O3 k\r\n',
        'version\r\nstats settings\r\nstats conns\r\nflush_all\r\nwrong\r\nmn\r\n',
      ].join(''),
    )
    recorded = Buffer.from(text, 'latin1')
    expect(decode([recorded]).length).toBeGreaterThan(80)
  })

  it('gives replies or ERR_PROTOCOL, never another error, and always ends', () => {
    const mutation = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom('flip', 'insert', 'delete', 'repeat', 'cut'),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
      length: fc.nat(40),
    })
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.nat(600),
        (mutations, step) => {
          let wire = recorded
          for (const { at, kind, bytes, length } of mutations) {
            const from = at % (wire.length + 1)
            const [head, tail] = [wire.subarray(0, from), wire.subarray(from)]
            if (kind === 'insert') wire = Buffer.concat([head, bytes, tail])
            if (kind === 'flip') wire = Buffer.concat([head, bytes, tail.subarray(bytes.length)])
            if (kind === 'delete') wire = Buffer.concat([head, tail.subarray(length)])
            if (kind === 'repeat') wire = Buffer.concat([head, tail.subarray(0, length), tail])
            if (kind === 'cut') wire = Buffer.from(head)
          }
          const pieces: Buffer[] = []
          for (let at = 0; at < wire.length; at += step + 1) {
            pieces.push(wire.subarray(at, at + step + 1))
          }

          const received: Reply[] = []
          try {
            decode(pieces, received)
          } catch (error) {
            expect(CacheError.is(error) && error.code).toBe('ERR_PROTOCOL')
          }
          for (const reply of received) {
            if (reply.kind === 'meta') expect(reply.value?.length ?? 0).toBeLessThanOrEqual(LIMIT)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })

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

  it('allocates nothing for a forged size', () => {
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 100; i++) {
      expect(() => decode([Buffer.from('VA 2000000000 O1 kfoo\r\nabc')])).toThrow('2000000000')
    }

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000)
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
