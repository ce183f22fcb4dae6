import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { CacheError } from '../../src/errors.ts'
import { ReplyDecoder } from '../../src/protocol/decode.ts'
import type { MetaReply } from '../../src/protocol/meta-reply.ts'
import type { Reply } from '../../src/protocol/reply.ts'
import { startMemcached } from '../support/memcached.ts'
import { commonPrefix, cutAt, mutate, mutation, pieces } from '../support/mutation.ts'
import { record } from '../support/record.ts'
import { type Said, wholeReplies } from '../support/reply-oracle.ts'

// No reply of the recording holds a longer value.
const LIMIT = 4096

// Every kind of answer that 1.6.18 gives on a connection of commands.
const COMMANDS = [
  'ms foo 13 T0 F5 c O1 k\r\nhello\r\nmore\r\n\r\n',
  'mg foo v f c t s h l O2 k\r\nmg nope v O3 k\r\nmd nope O4 k\r\n',
  'ma n N0 J5 O9 k v\r\nma foo O10 k v\r\nma n O11 k\r\nmg lease N5 v f c t O12 k\r\n',
  'mg lease N5 v f c t O13 k\r\nmd foo I T10 O14 k\r\nmg foo v O15 k\r\n',
  'ms foo 2 ME O16 k\r\nno\r\nms foo 2 C1 O17 k\r\nno\r\nms none 2 MR O18 k\r\nno\r\n',
  `ms long 4000 O19 k\r\n${'EN\r\n'.repeat(1000)}\r\nmg long v O20 k\r\n`,
  'ms w5hMYQ== 2 b O21 k\r\nok\r\nmg w5hMYQ== b v O22 k\r\nme foo\r\nme nope\r\n',
  'version\r\nstats settings\r\nstats conns\r\nstats reset\r\nverbosity 0\r\nflush_all\r\n',
  'cache_memlimit 0\r\nwrong\r\nmg a^b vv !\r\nmn\r\n',
].join('')

const changes = fc.array(mutation, { minLength: 1, maxLength: 4 })

describe('ReplyDecoder on what a real server sent', () => {
  let recorded: Buffer

  beforeAll(async () => {
    await using server = await startMemcached()
    recorded = await record(server.port, Buffer.from(COMMANDS))
  })

  it('gives all of it, whatever the split, as who looks at the whole does', () => {
    const whole = wholeReplies(recorded, LIMIT).map(saidOf)
    expect(whole.length).toBeGreaterThan(100)
    const kinds = new Set(whole.map(([status]) => `${status}`.split(' ')[0]))
    const every = 'HD VA EN NF NS EX MN STAT END OK VERSION ME ERROR CLIENT_ERROR'
    expect([...kinds]).toEqual(expect.arrayContaining(every.split(' ')))
    fc.assert(
      fc.property(pieces, (cuts) => {
        expect(decode(cutAt(recorded, cuts))).toEqual({ replies: whole, flaw: undefined })
      }),
      { numRuns: 200 },
    )
  })

  it('gives what is right up to the first flaw, and ERR_PROTOCOL, whatever the split', () => {
    fc.assert(
      fc.property(changes, pieces, (mutations, cuts) => {
        const wire = mutations.reduce(mutate, recorded)
        const right = wholeReplies(wire, LIMIT)

        const { replies, flaw } = decode(cutAt(wire, cuts))

        expect([undefined, 'ERR_PROTOCOL']).toContain(flaw)
        expect({ replies, flaw }).toEqual(decode([wire]))
        // It may refuse more than the oracle, and never give anything else.
        expect(replies).toEqual(right.slice(0, replies.length).map(saidOf))
        const intact = commonPrefix(wire, recorded)
        const safe = right.filter(({ end }) => end <= intact)
        expect(replies.length).toBeGreaterThanOrEqual(safe.length)
      }),
      { numRuns: 2000 },
    )
  })

  it.each(['MN flag', 'END 1', 'OK then', 'RESET it'])('takes %j for no reply', (line) => {
    expect(decode([Buffer.from(`${line}\r\n`)])).toEqual({ replies: [], flaw: 'ERR_PROTOCOL' })
  })

  it('allocates for no value more than its limit, and nothing for a forged one', () => {
    const sizes: number[] = []
    for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
      const allocate = Buffer[name]
      vi.spyOn(Buffer, name).mockImplementation((size: number) => {
        sizes.push(size)
        return allocate(size)
      })
    }
    const forged = fc.constantFrom('4097', '2000000000', '99999999999999999999', '1e9', '-1')
    fc.assert(
      fc.property(forged, fc.nat(20), pieces, (size, pad, cuts) => {
        const wire = Buffer.from(`VA ${'0'.repeat(pad)}${size} O1 kfoo\r\n${'x'.repeat(5000)}\r\n`)
        const packets = cutAt(wire, cuts)
        // The decoder itself may hold a block of its own.
        const decoder = new ReplyDecoder(() => {}, LIMIT)
        sizes.length = 0

        expect(() => {
          for (const packet of packets) decoder.push(packet)
        }).toThrow(CacheError)

        expect(sizes).toEqual([])
      }),
    )
    fc.assert(
      fc.property(changes, (mutations) => {
        const wire = mutations.reduce(mutate, recorded)
        sizes.length = 0

        decode([wire])

        expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(LIMIT)
      }),
    )
  })
})

type Shown = readonly unknown[]

function decode(chunks: readonly Buffer[]): { replies: Shown[]; flaw: string | undefined } {
  const replies: Shown[] = []
  const decoder = new ReplyDecoder((reply) => replies.push(shown(reply)), LIMIT)
  try {
    for (const chunk of chunks) decoder.push(chunk)
  } catch (error) {
    if (!CacheError.is(error)) throw error
    return { replies, flaw: error.code }
  }
  return { replies, flaw: undefined }
}

/** A reply as the line that it was. */
function shown(reply: Reply): Shown {
  switch (reply.kind) {
    case 'meta':
      return shownMeta(reply)
    case 'stat':
      return [`STAT ${reply.name} ${reply.value}`.trimEnd()]
    case 'version':
      return [`VERSION ${reply.version}`.trimEnd()]
    case 'inspected':
      return [`ME ${reply.text}`.trimEnd()]
    case 'error':
      return [`${reply.word} ${reply.text}`.trimEnd()]
    case 'end':
      return ['END']
    case 'ok':
      return ['OK']
    case 'noop':
      return ['MN']
  }
}

function shownMeta(reply: MetaReply): Shown {
  return [
    reply.status,
    reply.tag,
    reply.key,
    reply.base64,
    reply.flags,
    reply.cas,
    reply.ttl,
    [reply.won, reply.stale, reply.busy],
    reply.value?.toString('latin1'),
  ]
}

/** The same of what the oracle found. */
function saidOf({ status, flags, value }: Said): Shown {
  if (!/^(VA|HD|EN|NF|NS|EX)$/.test(status)) return [status.trimEnd().replace(/^RESET$/, 'OK')]
  const cas = flags.get('c')
  const ttl = flags.get('t')
  const tag = flags.get('O')
  return [
    status,
    tag === undefined ? '' : `O${tag}`,
    flags.get('k'),
    flags.has('b'),
    // Servers built for 64-bit flags may hold more than a client's: all bits set then.
    Math.min(Number(flags.get('f') ?? 0), 0xffff_ffff),
    cas === undefined ? undefined : BigInt(cas),
    ttl === undefined ? undefined : Number(ttl),
    ['W', 'X', 'Z'].map((letter) => flags.has(letter)),
    value?.toString('latin1'),
  ]
}
