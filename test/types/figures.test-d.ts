import { expectTypeOf, it } from 'vitest'
import type { MemcachedClient, ServerAnswer, SlabsStats } from '../../src/client/index.ts'

declare const client: MemcachedClient

it('gives each kind of figures its type', async () => {
  const [general] = await client.stats()
  expectTypeOf(general?.value?.get_hits).toEqualTypeOf<number | undefined>()
  expectTypeOf(general?.value?.version).toEqualTypeOf<string | undefined>()
  expectTypeOf(general?.value?.accepting_conns).toEqualTypeOf<boolean | undefined>()
  expectTypeOf(await client.stats('slabs')).toEqualTypeOf<ServerAnswer<SlabsStats>[]>()
  // @ts-expect-error There is no such figure; what newer servers add is in `raw`.
  general?.value?.get_dreams
  // @ts-expect-error There is no such kind.
  await client.stats('slab')
})

it('tells watched events apart by their type', async () => {
  for await (const event of client.watch(['fetchers', 'evictions'])) {
    expectTypeOf(event.server).toEqualTypeOf<string>()
    if (event.type === 'item_get') expectTypeOf(event.status).toEqualTypeOf<string>()
    if (event.type === 'eviction') expectTypeOf(event.idle).toEqualTypeOf<number>()
    if (event.type === 'skipped') expectTypeOf(event.count).toEqualTypeOf<number>()
  }
})
