import { expectTypeOf, it } from 'vitest'
import {
  type CasToken,
  type Item,
  type ItemWithCas,
  type KeyCommands,
  type KeyLease,
  MemcachedClient,
  type MetaGetReply,
  type MetaHit,
  type MetaUnchanged,
} from '../../src/client/index.ts'

const client = new MemcachedClient('127.0.0.1:11211')

it('tells a hit from a miss, and each from what is unchanged', async () => {
  const reply = await client.metaGet('k', { value: true })
  expectTypeOf(reply).toEqualTypeOf<MetaGetReply>()
  // @ts-expect-error: a miss has no value
  reply.value
  if (reply.kind === 'hit') expectTypeOf(reply).toEqualTypeOf<MetaHit>()

  const token: CasToken | undefined = (await client.gets('k'))?.cas
  const conditional = await client.metaGet('k', { unlessCas: token })
  expectTypeOf(conditional).toEqualTypeOf<MetaGetReply | MetaUnchanged>()
  if (conditional.kind === 'unchanged') {
    expectTypeOf(conditional.cas).toEqualTypeOf<CasToken | undefined>()
    // @ts-expect-error: the caller has the value
    conditional.value
  }
})

it('tells the outcomes of a store apart', async () => {
  const reply = await client.metaSet('k', 'v', { mode: 'append', vivify: 30 })
  expectTypeOf(reply.kind).toEqualTypeOf<'stored' | 'not-stored' | 'exists' | 'missing'>()
  if (reply.kind === 'stored') {
    expectTypeOf(reply.cas).toEqualTypeOf<CasToken | undefined>()
    expectTypeOf(reply.size).toEqualTypeOf<number | undefined>()
  } else {
    expectTypeOf(reply.cas).toEqualTypeOf<undefined>()
  }
  expectTypeOf(await client.metaDelete('k')).toEqualTypeOf<'deleted' | 'missing' | 'exists'>()
  expectTypeOf(await client.cas('k', 'v', { value: 1n, connection: 1 })).toEqualTypeOf<
    'stored' | 'exists' | 'missing' | 'unavailable'
  >()
})

it('tells the outcomes of counting apart', async () => {
  const reply = await client.metaArithmetic('n', { mode: 'incr', delta: 1n })
  // @ts-expect-error: not where there is no number
  reply.value
  if (reply.kind === 'value') expectTypeOf(reply.value).toEqualTypeOf<bigint>()
  else expectTypeOf(reply.kind).toEqualTypeOf<'missing' | 'not-a-number' | 'exists'>()
  expectTypeOf(await client.incr('n')).toEqualTypeOf<bigint | undefined>()
})

it('tells the states of a lease apart', async () => {
  const read = await client.getOrLease('k', { leaseFor: 5 })
  if (read.state === 'hit') expectTypeOf(read.value).toEqualTypeOf<Buffer>()
  if (read.state === 'won') {
    expectTypeOf(read.lease).toEqualTypeOf<KeyLease>()
    expectTypeOf(read.stale).toEqualTypeOf<Item | undefined>()
    expectTypeOf(read.lease.fill('v', { ttl: 5 })).toEqualTypeOf<Promise<boolean>>()
    // @ts-expect-error: the lease knows where its key lives
    await read.lease.fill('v', { routeKey: 'k' })
  }
  // @ts-expect-error: there is neither value nor lease
  if (read.state === 'busy') read.lease
})

it('gives bytes and counts', async () => {
  expectTypeOf(await client.get('k')).toEqualTypeOf<Item | undefined>()
  expectTypeOf(await client.gets('k')).toEqualTypeOf<ItemWithCas | undefined>()
  expectTypeOf(await client.gat('k', 60)).toEqualTypeOf<Item | undefined>()
  expectTypeOf(await client.getMany(['k'])).toEqualTypeOf<Map<string, Item>>()
  expectTypeOf(await client.getManyMeta(['k'])).toEqualTypeOf<Map<string, MetaHit>>()
  expectTypeOf(await client.setMany({ k: 'v' })).toEqualTypeOf<string[]>()
  expectTypeOf(await client.setMany(new Map([['k', Buffer.alloc(1)]]))).toEqualTypeOf<string[]>()
  expectTypeOf(await client.deleteMany(new Set(['k']))).toEqualTypeOf<number>()
  expectTypeOf(await client.touchMany(['k'], 5)).toEqualTypeOf<number>()
  expectTypeOf(client).toExtend<KeyCommands>()
})

it('refuses options that nobody reads and values of another kind', () => {
  // @ts-expect-error: misspelt
  void client.set('k', 'v', { tll: 5 })
  // @ts-expect-error: bytes and text only; what is encoded how is the caller's business
  void client.set('k', 7)
  // @ts-expect-error: no such mode
  void client.metaSet('k', 'v', { mode: 'cas' })
  // @ts-expect-error: 64 bits are a bigint
  void client.metaArithmetic('n', { mode: 'incr', delta: 1 })
  // @ts-expect-error: the mode is not guessed
  void client.metaArithmetic('n', { delta: 1n })
  // @ts-expect-error: only of one key
  void client.getManyMeta(['k'], { unlessCas: undefined })
  // @ts-expect-error: a CAS is more than its number
  void client.cas('k', 'v', 7n)
})
