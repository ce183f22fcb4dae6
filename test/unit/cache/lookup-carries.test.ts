import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TagVersions } from '../../../src/cache/backend.ts'
import type { Cache } from '../../../src/cache/cache.ts'
import type { Lease } from '../../../src/cache/lease.ts'
import { type Caches, createCaches } from '../../../src/caches.ts'

let caches: Caches
let cache: Cache

beforeEach(() => {
  caches = createCaches({ default: 'memory://' })
  cache = caches.default
})
afterEach(() => caches.close())

describe('a value that is made of another', () => {
  it('ends with the tags of one that was computed, or read', async () => {
    const part = await won('part', ['news'])
    const tags = part.tags as TagVersions
    await part.fill('part')
    await (await won('of one computed')).fill('whole', { carries: tags })
    await (await won('of one read')).fill('whole', { carries: await tagsOf('part') })
    expect(await cache.get('of one computed')).toBe('whole')
    expect(await cache.get('of one read')).toBe('whole')

    await cache.invalidateTags(['news'])

    expect(await cache.get('of one computed')).toBeUndefined()
    expect(await cache.get('of one read')).toBeUndefined()
  })

  it('is a miss from the start where the tag was invalidated in between', async () => {
    await (await won('part', ['news'])).fill('part')
    const tags = await tagsOf('part')
    const whole = await won('whole')

    await cache.invalidateTags(['news'])
    await whole.fill('whole', { carries: tags })

    expect(await cache.get('whole')).toBeUndefined()
  })

  it('is refused where its own tag was invalidated in between', async () => {
    await (await won('part', ['news'])).fill('part')
    const tags = await tagsOf('part')
    await cache.invalidateTags(['news'])
    const whole = await won('whole', ['news'])

    expect(await whole.fill('whole', { carries: tags })).toBe(false)
  })
})

async function won(key: string, tags?: string[]): Promise<Lease> {
  const found = await cache.lookup(key, tags === undefined ? {} : { tags })
  if (found.state !== 'won') throw new Error(`${key} is ${found.state}`)
  return found.lease
}

async function tagsOf(key: string): Promise<TagVersions | undefined> {
  const found = await cache.lookup(key)
  if (found.state !== 'fresh') throw new Error(`${key} is ${found.state}`)
  return found.tags
}
