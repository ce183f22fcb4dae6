import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Cache, type Computation, MemcachedBackend } from '../../../src/index.ts'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

const SEED = 20_260_101
const TAGS = ['t0', 't1', 't2', 't3']

let server: MemcachedServer
/** Each has connections of its own, as a process has. */
let caches: readonly [Cache, Cache, Cache]
beforeAll(async () => {
  server = await startMemcached()
  const open = () => new Cache(new MemcachedBackend(`127.0.0.1:${server.port}`), { waitMs: 500 })
  caches = [open(), open(), open()]
})
afterAll(async () => {
  await Promise.all(caches.map((cache) => cache.close()))
  await server.kill()
})

describe('invalidation by tags', () => {
  it('lets nothing win that began to be computed before it', async () => {
    const random = seededRandom(SEED)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    /** What the values are made of, and what every invalidation that has resolved has told. */
    const source = new Map(TAGS.map((tag) => [tag, 0]))
    const told = new Map(source)
    const wrong: string[] = []
    const counts = { hits: 0, computed: 0, invalidated: 0 }
    let isOver = false

    /** Calls of `getOrSet` by process and key: who comes while one runs may get what it gets. */
    const running = new Map<string, number>()
    const compute = async (tags: readonly string[]): Promise<Record<string, number>> => {
      counts.computed++
      if (random() < 0.5) await sleep(random() * 4)
      const value = Object.fromEntries(tags.map((tag) => [tag, source.get(tag) ?? -1]))
      if (random() < 0.5) await sleep(random() * 4)
      return value
    }
    const read = async (cache: Cache, key: string, tags: readonly string[], isLate: boolean) => {
      const asked = random()
      if (asked < 0.3) return cache.get<Record<string, number>>(key)
      if (asked < 0.4) return (await cache.getMany<Record<string, number>>([key])).get(key)
      const place = `${caches.indexOf(cache)} ${key}`
      const others = running.get(place) ?? 0
      running.set(place, others + 1)
      const value = await (isLate
        ? cache.getOrSet(key, (computation: Computation) => {
            computation.tags.push(...tags)
            return compute(tags)
          })
        : cache.getOrSet(key, () => compute(tags), { tags }))
      running.set(place, (running.get(place) ?? 1) - 1)
      return others === 0 ? value : undefined
    }
    const reader = async (): Promise<void> => {
      while (!isOver) {
        const at = Math.floor(random() * 8)
        const tags = [TAGS[at % 4], TAGS[(at + 1) % 4]] as string[]
        const before = new Map(told)
        const value = await read(pick(caches), `k${at}`, tags, at > 3)
        if (value === undefined) continue
        counts.hits++
        for (const [tag, version] of Object.entries(value)) {
          const least = before.get(tag) ?? 0
          if (version < least) wrong.push(`k${at}: ${tag} was ${version}, after ${least}`)
        }
      }
    }
    const writer = async (): Promise<void> => {
      while (!isOver) {
        const tag = pick(TAGS)
        const version = (source.get(tag) ?? 0) + 1
        source.set(tag, version)
        await pick(caches).invalidateTags([tag], { mode: pick(['soft', 'hard']) })
        counts.invalidated++
        told.set(tag, Math.max(told.get(tag) ?? 0, version))
        await sleep(random() * 10)
      }
    }
    const all = [...Array.from({ length: 24 }, reader), writer(), writer()]
    await sleep(3000)
    isOver = true
    await Promise.all(all)

    expect(wrong, `seed ${SEED}`).toEqual([])
    // It was a race: values were found, were computed, and went.
    expect(counts.invalidated).toBeGreaterThan(50)
    expect(counts.computed).toBeGreaterThan(50)
    expect(counts.hits).toBeGreaterThan(500)
  })

  it('loses nothing that begins to be stored after it', async () => {
    const [one, other, third] = caches
    for (let i = 0; i < 100; i++) {
      const mode = i % 2 === 0 ? 'soft' : 'hard'
      await one.invalidateTags(['t0'], { mode })
      await Promise.all([
        other.set(`set${i}`, i, { tags: ['t0', 't1'] }),
        third.getOrSet(`computed${i}`, () => i, { tags: ['t0', 't2'] }),
        one.invalidateTags(['t3'], { mode }),
      ])

      expect(await third.get(`set${i}`)).toBe(i)
      expect(await one.get(`computed${i}`)).toBe(i)
    }
  })

  it('refuses late tags where any tag was invalidated meanwhile', async () => {
    const [one, other] = caches
    const win = async (key: string, lateTags: boolean) => {
      const found = await one.lookup(key, { tags: ['early'], lateTags })
      if (found.state !== 'won') throw new Error('the lease was not won')
      return found.lease
    }

    const undisturbed = await win('late1', true)
    expect(await undisturbed.fill('v', { tags: ['late'] })).toBe(true)
    for (const mode of ['soft', 'hard'] as const) {
      const disturbed = await win(`late-${mode}`, true)
      await other.invalidateTags(['late'], { mode })
      expect(await disturbed.fill('v', { tags: ['late'] })).toBe(false)
      expect(await one.get(`late-${mode}`)).toBeUndefined()
    }
    expect(await one.get('late1')).toBeUndefined()

    const byAnother = await win('late2', true)
    await other.invalidateTags(['another'])
    expect(await byAnother.fill('v', { tags: ['late'] })).toBe(false)
    const unannounced = await win('late3', false)
    expect(await unannounced.fill('v', { tags: ['late'] })).toBe(false)
    // The tags that were named before need no such care.
    const early = await win('late4', false)
    await other.invalidateTags(['another'])
    expect(await early.fill('v', { tags: ['early'] })).toBe(true)
    expect(await other.get('late4')).toBe('v')
  })

  it('refuses late tags where what counts the invalidations was lost', async () => {
    const [one] = caches
    const found = await one.lookup('lost', { lateTags: true })
    if (found.state !== 'won') throw new Error('the lease was not won')
    const backend = new MemcachedBackend(`127.0.0.1:${server.port}`)
    expect(await backend.delete(':::i')).toBe(true)
    await backend[Symbol.asyncDispose]()

    expect(await found.lease.fill('v', { tags: ['late'] })).toBe(false)
  })
})
