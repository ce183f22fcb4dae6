import { afterAll, beforeAll, expect, it } from 'vitest'
import { Cache, MemcachedBackend } from '../../../src/index.ts'
import { FaultProxy } from '../../../src/testing/index.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

let server: MemcachedServer
let proxy: FaultProxy
let backend: MemcachedBackend
let cache: Cache
beforeAll(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
  backend = new MemcachedBackend(`127.0.0.1:${proxy.port}`)
  cache = open()
  // The connection greets with commands of its own, once. And these tags are there.
  await cache.set('warm', 'v', { tags: ['a', 'b', 'c'] })
})
afterAll(async () => {
  await cache.close()
  await proxy.close()
  await server.kill()
})

/** What a run sends: commands by their first word, and in how many writes. */
async function sent(run: () => Promise<unknown>): Promise<Record<string, number>> {
  proxy.resetCounts()
  await run()
  return { ...Object.fromEntries(proxy.counts.commands), writes: proxy.counts.reads }
}

const compute = (): string => 'v'
const never = (): Promise<string> => Promise.reject(new Error('not called'))

/** A process of its own, which knows of no tags. */
const open = (): Cache => new Cache(backend, { keyPrefix: 'shop', sharesBackend: true })

it('reads a hit with three tags in one write', async () => {
  const options = { tags: ['a', 'b', 'c'] }
  await cache.getOrSet('hit', compute, options)

  expect(await sent(() => cache.getOrSet('hit', never, options))).toEqual({ mg: 4, writes: 1 })
  expect(await sent(() => cache.get('hit'))).toEqual({ mg: 4, writes: 1 })
  expect(await sent(() => cache.has('hit'))).toEqual({ mg: 4, writes: 1 })
  expect(await sent(() => cache.lookup('hit', options))).toEqual({ mg: 4, writes: 1 })
  expect(await sent(() => cache.getMany(['hit']))).toEqual({ mg: 4, writes: 1 })
})

it('needs a second trip for the first read of a tagged value only', async () => {
  await cache.set('first', 'v', { tags: ['a', 'b'] })
  const other = open()

  expect(await sent(() => other.get('first'))).toEqual({ mg: 3, writes: 2 })
  expect(await sent(() => other.get('first'))).toEqual({ mg: 3, writes: 1 })
  const third = open()
  expect(await sent(() => third.getMany(['first', 'hit']))).toEqual({ mg: 5, writes: 2 })
  expect(await sent(() => third.getMany(['first', 'hit']))).toEqual({ mg: 5, writes: 1 })
})

it('asks once in a turn for the tags that entries share', async () => {
  const keys = Array.from({ length: 50 }, (_, i) => `shared${i}`)
  const options = { tags: ['a', 'b', 'c'] }
  await cache.setMany(
    keys.map((key) => [key, 'v'] as const),
    options,
  )
  const read = () => Promise.all(keys.map((key) => cache.getOrSet(key, never, options)))

  expect(await sent(read)).toEqual({ mg: 53, writes: 1 })
  expect(await sent(() => cache.getMany(keys))).toEqual({ mg: 53, writes: 1 })
})

it('asks again in the next turn, also where no answer has come', async () => {
  const options = { tags: ['a', 'b', 'c'] }
  await cache.setMany({ turn1: 'v', turn2: 'v' }, options)
  const read = async () => {
    const first = cache.getOrSet('turn1', never, options)
    // The commands leave.
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([first, cache.getOrSet('turn2', never, options)])
  }

  expect((await sent(read)).mg).toBe(8)
})

it('costs what is not tagged nothing', async () => {
  await cache.set('untagged', 'v')

  expect(await sent(() => cache.get('untagged'))).toEqual({ mg: 1, writes: 1 })
  expect(await sent(() => cache.getOrSet('untagged', never))).toEqual({ mg: 1, writes: 1 })
  expect(await sent(() => cache.getMany(['untagged']))).toEqual({ mg: 1, writes: 1 })
  expect(await sent(() => cache.set('untagged', 'v'))).toEqual({ ms: 1, writes: 1 })
  expect(await sent(() => cache.touch('untagged'))).toEqual({ mg: 1, ms: 1, writes: 2 })
})

it('makes the tags that are missing before it computes, and not again', async () => {
  const options = { tags: ['new1', 'new2'] }

  expect(await sent(() => cache.getOrSet('cold1', compute, options))).toEqual({
    mg: 3,
    ms: 3,
    writes: 3,
  })
  expect(await sent(() => cache.getOrSet('cold2', compute, options))).toEqual({
    mg: 3,
    ms: 1,
    writes: 2,
  })
})

it('stores with one trip more for the versions of the tags', async () => {
  const options = { tags: ['a', 'b'] }

  expect(await sent(() => cache.set('set', 'v', options))).toEqual({ mg: 2, ms: 1, writes: 2 })
  expect(await sent(() => cache.setMany({ one: 1, two: 2 }, options))).toEqual({
    mg: 2,
    ms: 2,
    writes: 2,
  })
  expect(await sent(() => cache.add('added', 'v', options))).toEqual({ mg: 2, ms: 1, writes: 2 })
})

it('invalidates tags with one command each, behind that of the counter', async () => {
  await cache.set('k', 'v', { tags: ['d', 'e'] })

  expect(await sent(() => cache.invalidateTags(['d', 'e']))).toEqual({ ma: 3, writes: 2 })
  expect(await sent(() => cache.invalidateTags(['d', 'e'], { mode: 'hard' }))).toEqual({
    ma: 1,
    md: 2,
    writes: 2,
  })
  expect(await sent(() => cache.invalidateTags([]))).toEqual({ writes: 0 })
})

it('asks for the right to compute where an entry is fresh and its tags are not valid', async () => {
  const options = { tags: ['a'] }
  await cache.getOrSet('again', compute, options)
  await cache.invalidateTags(['a'])

  // The entry and its tag; the right, and the entry again; the entry, and the end of the right.
  const { mg, ms, md } = await sent(() => cache.getOrSet('again', compute, options))
  expect({ mg, ms, md }).toEqual({ mg: 4, ms: 1, md: 1 })
})

it('reads late tags and the counter with two trips more', async () => {
  const won = await cache.lookup('late', { lateTags: true })
  if (won.state !== 'won') throw new Error('the lease was not won')
  await cache.set('other', 'v', { tags: ['a', 'b'] })

  const filled = await sent(async () => {
    expect(await won.lease.fill('v', { tags: ['a', 'b'] })).toBe(true)
  })
  expect(filled).toEqual({ mg: 3, ms: 1, writes: 3 })
  expect(await cache.get('late')).toBe('v')
  await cache.invalidateTags(['b'])
  expect(await cache.get('late')).toBeUndefined()
})

it('reads a hit in a namespace in one write, and clears it with one command', async () => {
  const namespace = cache.namespace('catalog')
  await namespace.set('k', 'v')
  await namespace.namespace('inner').set('k', 'v', { tags: ['a'] })

  expect(await sent(() => namespace.get('k'))).toEqual({ mg: 2, writes: 1 })
  expect(await sent(() => namespace.getOrSet('k', never))).toEqual({ mg: 2, writes: 1 })
  // Two generations and a tag.
  expect(await sent(() => namespace.namespace('inner').get('k'))).toEqual({ mg: 4, writes: 1 })
  expect(await sent(() => namespace.clear())).toEqual({ md: 1, writes: 1 })
  expect(await namespace.get('k')).toBeUndefined()
  expect(await namespace.namespace('inner').get('k')).toBeUndefined()
})
