import { expect } from 'vitest'
import { onEachRig } from '../../support/rigs.ts'

onEachRig(({ it }) => {
  it('misses a value whose tag was invalidated', async (scene) => {
    const cache = scene.open()
    await cache.set('k', 'v', { tags: ['a', 'b'] })
    await cache.set('other', 'v', { tags: ['c'] })
    await cache.set('untagged', 'v')
    expect(await cache.get('k')).toBe('v')

    expect(await cache.invalidateTags(['b'])).toBe(true)
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.has('k')).toBe(false)
    expect(await scene.open().get('k')).toBeUndefined()
    expect([...(await cache.getMany(['k', 'other', 'untagged']))]).toEqual([
      ['other', 'v'],
      ['untagged', 'v'],
    ])
  })

  it('keeps what a soft invalidation made stale for those who take it', async (scene) => {
    const cache = scene.open()
    const options = { tags: ['a'], staleWhileRevalidate: 60 }
    await cache.getOrSet('k', () => 'old', options)
    await cache.invalidateTags(['a'])

    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.get('k', { allowStale: true })).toBe('old')
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('old')
    await expect.poll(() => cache.get('k')).toBe('new')
  })

  it('takes away what a hard invalidation made wrong from everybody', async (scene) => {
    const cache = scene.open()
    const options = { tags: ['a'], staleWhileRevalidate: 60, staleIfError: 60 }
    await cache.getOrSet('k', () => 'old', options)
    await cache.invalidateTags(['a'], { mode: 'hard' })

    expect(await cache.get('k', { allowStale: true })).toBeUndefined()
    const failing = () => Promise.reject(new Error('mine'))
    await expect(cache.getOrSet('k', failing, options)).rejects.toThrow('mine')
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('new')
    expect(await cache.get('k')).toBe('new')
  })

  it('keeps what is hard when a soft invalidation follows', async (scene) => {
    const cache = scene.open()
    await cache.set('k', 'v', { tags: ['a'] })
    await cache.invalidateTags(['a'], { mode: 'hard' })
    await cache.set('other', 'v', { tags: ['a'] })
    await cache.invalidateTags(['a'])

    expect(await cache.get('k', { allowStale: true })).toBeUndefined()
    expect(await cache.get('other', { allowStale: true })).toBe('v')
  })

  it('keeps what is stored after an invalidation', async (scene) => {
    const cache = scene.open()
    for (const mode of ['soft', 'hard'] as const) {
      await cache.invalidateTags(['a'], { mode })
      await cache.set('set', mode, { tags: ['a'] })
      await cache.setMany({ one: mode, two: mode }, { tags: ['a'] })
      await cache.delete('added')
      expect(await cache.add('added', mode, { tags: ['a'] })).toBe(true)

      const reader = scene.open()
      expect(await reader.get('set')).toBe(mode)
      expect(await reader.get('added')).toBe(mode)
      expect([...(await reader.getMany(['one', 'two'])).values()]).toEqual([mode, mode])
    }
  })

  it('adds over what a hard invalidation made nothing, and over nothing else', async (scene) => {
    const cache = scene.open()
    await cache.set('k', 'old', { tags: ['a'] })
    await cache.invalidateTags(['a'])
    // Stale is something.
    expect(await cache.add('k', 'new', { tags: ['a'] })).toBe(false)
    await cache.invalidateTags(['a'], { mode: 'hard' })

    expect(await cache.add('k', 'new', { tags: ['a'] })).toBe(true)
    expect(await cache.add('k', 'newer', { tags: ['a'] })).toBe(false)
    expect(await cache.get('k')).toBe('new')
  })

  it('computes once where the value is there and its tags are not valid', async (scene) => {
    const [one, other] = [scene.open(), scene.open()]
    for (const mode of ['soft', 'hard'] as const) {
      await one.set('k', 'old', { tags: ['a'] })
      await one.invalidateTags(['a'], { mode })
      let computed = 0
      const compute = async () => {
        computed++
        await new Promise((resolve) => setImmediate(resolve))
        return mode
      }
      const running = [one, other].flatMap((cache) =>
        Array.from({ length: 20 }, () => cache.getOrSet('k', compute, { tags: ['a'] })),
      )
      let values: string[] | undefined
      void Promise.all(running).then((all) => {
        values = all
      })
      while (values === undefined) await scene.pass(0.02)

      expect(new Set(values)).toEqual(new Set([mode]))
      expect(computed).toBe(1)
    }
  })

  it('does not store a value as valid whose tag was invalidated while it was computed', async (scene) => {
    const cache = scene.open()
    const reader = scene.open()
    for (const mode of ['soft', 'hard'] as const) {
      const compute = async () => {
        await reader.invalidateTags(['a'], { mode })
        return 'from before'
      }
      expect(await cache.getOrSet(mode, compute, { tags: ['a'] })).toBe('from before')
      expect(await cache.get(mode)).toBeUndefined()
      expect(await reader.get(mode)).toBeUndefined()
    }
  })

  it('does not let a caller join what runs since before an invalidation', async (scene) => {
    const cache = scene.open()
    const [started, finish] = [gate(), gate()]
    const compute = async () => {
      started.open()
      await finish.opened
      return 'old'
    }
    const slow = cache.getOrSet('k', compute, { tags: ['a'] })
    await started.opened
    await cache.invalidateTags(['a'])
    const late = cache.getOrSet('k', () => 'new', { tags: ['a'] })
    await new Promise((resolve) => setImmediate(resolve))
    finish.open()
    expect(await slow).toBe('old')
    await scene.pass(0.2)

    expect(await late).toBe('new')
    expect(await cache.get('k')).toBe('new')
  })

  it('takes a value for invalid whose tag is lost', async (scene) => {
    const cache = scene.open()
    const { backend } = scene
    await cache.set('k', 'v', { tags: ['a'] })
    const tag = `${cache.settings.keyPrefix}:::t:a`
    expect(await backend.delete(tag)).toBe(true)
    expect(await cache.get('k')).toBeUndefined()

    // And for ever: a tag that is made anew has another version.
    await cache.set('other', 'v', { tags: ['a'] })
    expect(await cache.get('other')).toBe('v')
    expect(await cache.get('k', { allowStale: true })).toBeUndefined()
  })

  it('moves a value to another version with its tags', async (scene) => {
    const cache = scene.open()
    await cache.set('k', 'v', { tags: ['a'] })
    await cache.incrVersion('k')
    expect(await cache.get('k', { version: 2 })).toBe('v')
    await cache.invalidateTags(['a'])

    expect(await cache.get('k', { version: 2 })).toBeUndefined()
    await expect(cache.incrVersion('k', 1, { version: 2 })).rejects.toMatchObject({
      code: 'ERR_KEY_MISSING',
    })
  })

  it('neither touches nor counts what its tags made invalid', async (scene) => {
    const cache = scene.open()
    await cache.set('n', 5, { tags: ['a'] })
    expect(await cache.incr('n')).toBe(6)
    expect(await cache.touch('n', 60)).toBe(true)
    expect(await cache.get('n')).toBe(6)
    await cache.invalidateTags(['a'])

    expect(await cache.touch('n', 60)).toBe(false)
    await expect(cache.incr('n')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
    expect(await cache.incr('n', 1, { initial: 1 })).toBe(1)
    expect(await cache.incr('n', 1, { initial: 1 })).toBe(2)
  })

  it('carries tags on through a touch', async (scene) => {
    const cache = scene.open()
    await cache.set('k', 'v', { tags: ['a'], ttl: 30 })
    expect(await cache.touch('k', 60)).toBe(true)
    expect(await cache.get('k')).toBe('v')
    await cache.invalidateTags(['a'])
    expect(await cache.get('k')).toBeUndefined()
  })

  it('separates the tags of aliases', async (scene) => {
    const [one, other] = [scene.open({ keyPrefix: 'a' }), scene.open({ keyPrefix: 'b' })]
    await one.set('k', 'v', { tags: ['t'] })
    await other.set('k', 'v', { tags: ['t'] })
    await one.invalidateTags(['t'])

    expect(await one.get('k')).toBeUndefined()
    expect(await other.get('k')).toBe('v')
  })

  it('takes tags with any letters, however long', async (scene) => {
    const cache = scene.open()
    const tags = ['naïve', 'with space', ':', 'x'.repeat(1000), 'r\r\nn']
    await cache.set('k', 'v', { tags })
    expect(await cache.get('k')).toBe('v')
    for (const tag of tags) {
      await cache.invalidateTags([tag])
      expect(await cache.get('k')).toBeUndefined()
      await cache.set('k', 'v', { tags })
      expect(await scene.open().get('k')).toBe('v')
    }
  })

  it('ends freshness with expire, and begins the stale window', async (scene) => {
    const cache = scene.open()
    const options = { ttl: 60, staleIfError: 60 }
    await cache.getOrSet('k', () => 'old', options)
    await cache.set('plain', 'v')

    expect(await cache.expire('k')).toBe(true)
    expect(await cache.expire('plain')).toBe(true)
    expect(await cache.expire('k')).toBe(false)
    expect(await cache.expire('missing')).toBe(false)
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.get('k', { allowStale: true })).toBe('old')
    expect(await cache.get('plain', { allowStale: true })).toBeUndefined()
    const failing = () => Promise.reject(new Error('mine'))
    expect(await cache.getOrSet('k', failing, options)).toBe('old')
  })
})

function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}
