import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MemcachedClient } from '../../src/client/index.ts'
import { CacheError } from '../../src/errors.ts'
import { openClient } from '../support/client.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { commonPrefix, mutate, mutation, pieces } from '../support/mutation.ts'
import { ask } from '../support/raw.ts'
import { ReplayingPeer } from '../support/replaying-peer.ts'
import { rightAnswers, type Said } from '../support/reply-oracle.ts'
import type { Request } from '../support/request-parser.ts'

// Above what the replies of one run are together, so that only forged sizes exceed it.
const MAX_VALUE = 4096

const KEYS = ['a', 'b', 'miss', 'ключ', 'x'.repeat(300), 'long']

let real: MemcachedServer
let peer: ReplayingPeer

beforeAll(async () => {
  real = await startMemcached()
  peer = await ReplayingPeer.start(real.port)
})

afterAll(async () => {
  await peer[Symbol.asyncDispose]()
  await real.kill()
})

type Call =
  | { readonly kind: 'get' | 'gets' | 'delete' | 'incr'; readonly key: string }
  | { readonly kind: 'set' | 'add'; readonly key: string; readonly value: string }
  | { readonly kind: 'getMany'; readonly keys: readonly string[] }

const key = fc.constantFrom(...KEYS)
const value = fc.constantFrom('', '7', 'EN\r\n', 'x'.repeat(2000), 'VA 1 f0 O1 ka\r\n')
const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('gets', 'delete', 'incr'), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('set', 'add'), key, value }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('getMany' as const),
      keys: fc.uniqueArray(key, { minLength: 1 }),
    }),
  },
)
const calls = fc.array(call, { minLength: 1, maxLength: 12 })

describe('MemcachedClient, answered by a real server through a wrong network', () => {
  it('gives what the server said, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(calls, pieces, async (issued, cuts) => {
        const { requests, sent, results } = await exchange(issued, (replies) => replies, cuts)

        const said = rightAnswers(requests, sent, MAX_VALUE + 1024)
        expect(said).not.toContain(undefined)
        expect(results).toEqual(expectedOf(issued, requests, said))
      }),
      { numRuns: 250 },
    )
  })

  it('takes no error line for the end of what is read quietly', async () => {
    const reads: Call[] = [
      { kind: 'getMany', keys: ['a'] },
      { kind: 'getMany', keys: ['a'] },
    ]
    const forge = (replies: Buffer) => {
      const end = replies.indexOf('MN\r\n')
      const line = Buffer.from('CLIENT_ERROR invalid flag\r\n')
      return Buffer.concat([replies.subarray(0, end), line, replies.subarray(end)])
    }

    expect((await exchange(reads, forge, [])).results).toEqual([ERROR, ERROR])
  })

  it('gives what the server said up to the first flaw, and errors from there', async () => {
    const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(calls, mutations, pieces, async (issued, changes, cuts) => {
        const { requests, recorded, sent, results } = await exchange(
          issued,
          (replies) => changes.reduce(mutate, replies),
          cuts,
        )

        const said = rightAnswers(requests, sent, MAX_VALUE + 1024)
        const expected = expectedOf(issued, requests, said)
        for (const [i, result] of results.entries()) {
          if (result !== ERROR) expect(result).toEqual(expected[i])
        }
        // What came before the first byte that was changed is not to be lost, either.
        const intact = commonPrefix(recorded, sent)
        const safe = said.map((each, i) => (endOf(requests, said, i) <= intact ? each : undefined))
        for (const [i, answer] of expectedOf(issued, requests, safe).entries()) {
          if (answer !== ERROR) expect(results[i]).toEqual(answer)
        }
      }),
      { numRuns: 1500 },
    )
  })
})

const ERROR = 'an error'
const FRESH = `flush_all\r\nms a 2 F9\r\n12\r\nms b 4\r\nb\r\nb\r\nms long 3000\r\n${'y'.repeat(3000)}\r\n`

/** Issues the calls in one tick, and answers them with what becomes of a real server's replies. */
async function exchange(
  issued: readonly Call[],
  change: (replies: Buffer) => Buffer,
  cuts: readonly number[],
) {
  await ask(real.port, FRESH)
  await using client = openClient({ servers: peer.name, maxValueBytes: MAX_VALUE, timeoutMs: 5000 })
  const count = issued.reduce((sum, each) => sum + ('keys' in each ? each.keys.length : 1), 0)
  const answered = peer.answer({ count, change, cuts })
  const settled = Promise.all(issued.map((each) => run(client, each)))
  const [exchanged, results] = await Promise.all([answered, settled])
  return { ...exchanged, results }
}

/** Where the reply ends that settles request `i`: of a quiet one, the next that is not quiet. */
function endOf(
  requests: readonly Request[],
  said: readonly (Said | undefined)[],
  i: number,
): number {
  let settling = i
  while (requests[settling]?.flags.has('q') === true) settling++
  return said[settling]?.end ?? Infinity
}

async function run(client: MemcachedClient, each: Call): Promise<unknown> {
  try {
    switch (each.kind) {
      case 'getMany':
        return await client.getMany(each.keys)
      case 'gets': {
        const item = await client.gets(each.key)
        return item && { value: item.value, flags: item.flags, cas: item.cas.value }
      }
      case 'set':
      case 'add':
        return await client[each.kind](each.key, each.value)
      default:
        return await client[each.kind](each.key)
    }
  } catch (error) {
    if (!CacheError.is(error)) throw error
    return ERROR
  }
}

/** What the callers must get, if `said` is what the server said of each request. */
function expectedOf(
  issued: readonly Call[],
  requests: readonly Request[],
  said: readonly (Said | undefined)[],
): unknown[] {
  const answers = said.filter((_, i) => requests[i]?.key !== '')
  let next = 0
  return issued.map((each) => {
    if (each.kind !== 'getMany') return expectedFrom(each.kind, answers[next++])
    const items = each.keys.map((name) => [name, expectedFrom('get', answers[next++])] as const)
    if (items.some(([, item]) => item === ERROR)) return ERROR
    return new Map(items.filter(([, item]) => item !== undefined))
  })
}

function expectedFrom(kind: Exclude<Call['kind'], 'getMany'>, said: Said | undefined): unknown {
  if (said === undefined || said.status.includes('_ERROR')) return ERROR
  const { value, flags } = said
  switch (kind) {
    case 'get':
      return value && { value, flags: clientFlags(said) }
    case 'gets': {
      const cas = flags.get('c')
      return value && cas && { value, flags: clientFlags(said), cas: BigInt(cas) }
    }
    case 'incr':
      if (said.status === 'NF') return undefined
      return /^\d{1,20}$/.test(value?.toString('latin1') ?? '') ? BigInt(`${value}`) : ERROR
    default:
      return said.status === 'HD'
  }
}

/** Servers built for 64-bit flags may hold more than a client's: all bits set then. */
function clientFlags({ flags }: Said): number {
  return Math.min(Number(flags.get('f') ?? 0), 0xffff_ffff)
}
