import { expect } from 'vitest'
import { onEachRig } from '../../support/rigs.ts'

onEachRig(({ it }) => {
  it('clears a namespace with what lies in it, and nothing else', async (scene) => {
    const cache = scene.open()
    const catalog = cache.namespace('catalog')
    const caches = [cache, catalog, catalog.namespace('inner'), cache.namespace('inner')]
    for (const [i, each] of caches.entries()) await each.set('k', i)
    const read = () => Promise.all(caches.map((each) => each.get('k')))
    expect(await read()).toEqual([0, 1, 2, 3])

    await catalog.namespace('inner').clear()
    expect(await read()).toEqual([0, 1, undefined, 3])
    await catalog.namespace('inner').set('k', 2)
    await catalog.clear()
    expect(await read()).toEqual([0, undefined, undefined, 3])
    expect(await scene.open().namespace('catalog').getMany(['k'])).toEqual(new Map())
    await cache.clear()
    expect(await read()).toEqual([undefined, undefined, undefined, undefined])
  })

  it('keeps what is stored after a clear', async (scene) => {
    const namespace = scene.open().namespace('n')
    await namespace.set('set', 'old')
    await namespace.clear()
    await namespace.set('set', 'new')
    await namespace.setMany({ one: 1, two: 2 })
    expect(await namespace.getOrSet('computed', () => 'new')).toBe('new')

    const reader = scene.open().namespace('n')
    expect(await reader.get('set')).toBe('new')
    expect(await reader.get('computed')).toBe('new')
    expect((await reader.getMany(['one', 'two'])).size).toBe(2)
  })

  it('does not store a value as valid that was computed across a clear', async (scene) => {
    const namespace = scene.open().namespace('n')
    const compute = async () => {
      await scene.open().namespace('n').clear()
      return 'from before'
    }

    expect(await namespace.getOrSet('k', compute)).toBe('from before')
    expect(await namespace.get('k')).toBeUndefined()
    expect(await namespace.get('k', { allowStale: true })).toBeUndefined()
  })

  it('takes what was cleared for nothing in every method', async (scene) => {
    const namespace = scene.open().namespace('n')
    await namespace.setMany({ added: 1, touched: 1, counted: 1, moved: 1 })
    await namespace.clear()

    expect(await namespace.has('added')).toBe(false)
    expect(await namespace.add('added', 2)).toBe(true)
    expect(await namespace.add('added', 3)).toBe(false)
    expect(await namespace.touch('touched')).toBe(false)
    expect(await namespace.touch('touched', 0)).toBe(false)
    await expect(namespace.incr('counted')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
    await expect(namespace.incrVersion('moved')).rejects.toMatchObject({ code: 'ERR_KEY_MISSING' })
    expect(await namespace.get('added')).toBe(2)
  })

  it('loses no count of those who count at once after a clear', async (scene) => {
    const namespaces = [scene.open().namespace('n'), scene.open().namespace('n')]
    const [namespace = scene.open()] = namespaces
    for (const before of [undefined, 5]) {
      if (before !== undefined) await namespace.set('n', before)
      await namespace.clear()
      const counts = namespaces.flatMap((each) =>
        Array.from({ length: 5 }, () => each.incr('n', 1, { initial: 1 })),
      )
      let all: (number | bigint)[] | undefined
      void Promise.all(counts).then((numbers) => {
        all = numbers
      })
      while (all === undefined) await scene.pass(0.02)

      expect(all.toSorted((a, b) => Number(a) - Number(b))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      expect(await namespace.get('n')).toBe(10)
    }
  })

  it('finds nothing that carries no generation: it could not be cleared', async (scene) => {
    const { backend, clock } = scene
    const namespace = scene.open().namespace('n')
    const entry = { value: 'v', createdAtMs: clock.now(), ttl: 60, staleFor: 0 }
    await backend.set(`${namespace.settings.keyPrefix}:1:k`, entry)

    expect(await namespace.get('k')).toBeUndefined()
    expect(await namespace.getMany(['k'])).toEqual(new Map())
    expect(await namespace.getOrSet('k', () => 'computed')).toBe('computed')
    expect(await namespace.get('k')).toBe('computed')
  })

  it('has tags of its own', async (scene) => {
    const cache = scene.open()
    const namespace = cache.namespace('n')
    await cache.set('k', 'v', { tags: ['a'] })
    await namespace.set('k', 'v', { tags: ['a'] })
    await cache.invalidateTags(['a'])
    expect(await namespace.get('k')).toBe('v')
    await cache.set('k', 'v', { tags: ['a'] })
    await namespace.invalidateTags(['a'])

    expect(await namespace.get('k')).toBeUndefined()
    expect(await cache.get('k')).toBe('v')
  })

  it('clears what a keyFunction names', async (scene) => {
    const cache = scene.open({
      keyFunction: (key, prefix, version) => `${prefix}/${version}/${key}`,
    })
    const namespace = cache.namespace('n')
    await cache.set('k', 'v')
    await namespace.set('k', 'v')
    expect(await namespace.get('k')).toBe('v')
    await namespace.clear()

    expect(await namespace.get('k')).toBeUndefined()
    expect(await cache.get('k')).toBe('v')
  })

  it('is closed with its alias, and alone without it', async (scene) => {
    const cache = scene.open()
    const [one, other] = [cache.namespace('n'), cache.namespace('n')]
    await one.close()
    await expect(one.get('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect(await other.get('k')).toBeUndefined()
    await cache.close()

    await expect(other.get('k')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('refuses a name that could be taken for something else', async (scene) => {
    const cache = scene.open()
    for (const name of ['', 'a:b', 'a b', 'é', 'x'.repeat(101), 5]) {
      expect(() => cache.namespace(name as string)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
      )
    }
    expect(cache.namespace('x'.repeat(100)).settings.keyPrefix).toMatch(/::x{100}$/)
  })
})
