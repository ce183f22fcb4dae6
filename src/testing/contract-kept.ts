import assert from 'node:assert/strict'
import type { Found, TagVersions } from '../cache/backend.ts'
import {
  changes,
  entry,
  leaseFresh,
  noReport,
  peek,
  type Run,
  type Scene,
  win,
} from './contract-setup.ts'

const TAGS: TagVersions = new Map([
  ['shop:::t:rates', 'AbC-1~xyz'],
  ['shop:::t:цены', '2~'],
])
const FACTS = { tags: TAGS, etag: 'W/"v1 é"' }

/** What an entry carries besides its value, and in which state of it a reader has seen it. */
export function keptContract(it: Run): void {
  it('gives back tags and etag, whoever stores and whoever reads', async (scene) => {
    const { backend, key } = scene
    const tagged = (value: unknown) => ({ ...entry(scene, value as object), ...FACTS })
    await backend.set(key('set'), tagged({ a: 1 }))
    await backend.add(key('add'), tagged('text'))
    await backend.setMany(new Map([[key('setMany'), tagged(42)]]), noReport)
    await backend.fill(await win(scene, 'fill'), tagged(null))

    const names = ['set', 'add', 'setMany', 'fill']
    const many = await backend.getMany(
      names.map((name) => key(name)),
      noReport,
    )
    for (const name of names) {
      assert.deepEqual(factsOf(await backend.get(key(name))), FACTS)
      assert.deepEqual(factsOf(many.get(key(name))), FACTS)
      assert.deepEqual(factsOf(await leaseFresh(scene, name)), FACTS)
      if (backend.peek !== undefined) assert.deepEqual(factsOf(backend.peek(key(name))), FACTS)
    }
  })

  it('gives back tags without an etag, an etag without tags, and neither', async (scene) => {
    const { backend, key } = scene
    await backend.set(key('tags'), { ...entry(scene, 1), tags: TAGS })
    await backend.set(key('etag'), { ...entry(scene, 1), etag: '"1"' })
    await backend.set(key('none'), entry(scene, 1))

    const read = async (name: string) => factsOf(await backend.get(key(name)))
    assert.deepEqual(await read('tags'), { tags: TAGS, etag: undefined })
    assert.deepEqual(await read('etag'), { tags: undefined, etag: '"1"' })
    assert.deepEqual(await read('none'), { tags: undefined, etag: undefined })
  })

  it('keeps tags and etag when a value is touched, counted or invalidated', async (scene) => {
    const { backend, key } = scene
    await backend.set(key(), { ...entry(scene, 1, { staleFor: 60 }), ...FACTS })

    assert.equal(await backend.touch(key(), 30), true)
    assert.deepEqual(factsOf(await backend.get(key())), FACTS)
    assert.equal(await backend.incr(key(), 1n), 2n)
    assert.deepEqual(factsOf(await backend.get(key())), FACTS)
    assert.equal(await backend.touch(key(), 0), true)
    assert.deepEqual(factsOf(await backend.get(key())), FACTS)
    await backend.invalidate(key(), 60)
    assert.deepEqual(factsOf(await backend.get(key())), FACTS)
    assert.deepEqual(await peek(scene, key()), ['stale', 2])
  })

  it('ends what is fresh by a touch of 0, and begins its stale window', async (scene) => {
    const { backend, key, clock, pass } = scene
    const created = { createdAtMs: clock.now() - 1001, ttl: 1000, staleFor: 3 }
    await backend.set(key(), { value: 'v', ...created })
    await backend.set(key('plain'), entry(scene, 'v'))
    await backend.set(key('half'), entry(scene, 'v', { ttl: 60.5 }))

    for (const name of ['k', 'plain', 'half']) assert.equal(await backend.touch(key(name), 0), true)
    const found = await backend.get(key())
    assert.deepEqual([found?.state, found?.value], ['stale', 'v'])
    assert.ok((found?.staleMs ?? Infinity) < 1000, `stale for ${found?.staleMs} ms`)
    for (const name of ['plain', 'half']) assert.equal(await peek(scene, key(name)), undefined)
    for (const name of ['k', 'plain', 'missing']) {
      assert.equal(await backend.touch(key(name), 0), false)
    }
    await pass(3.1)
    assert.equal(await peek(scene, key()), undefined)
  })

  it('goes on computing what is touched with 0 while nothing fresh is there', async (scene) => {
    const token = await win(scene)

    assert.equal(await scene.backend.touch(scene.key(), 0), false)
    assert.equal(await scene.backend.fill(token, entry(scene, 'computed')), true)
    assert.deepEqual(await peek(scene, scene.key()), ['fresh', 'computed'])
  })

  it('peeks at what a lease would find, and takes no lease', async (scene) => {
    const { backend, key } = scene
    if (backend.peek === undefined) return
    assert.equal(backend.peek(key()), undefined)
    assert.equal(backend.peek(key()), undefined)
    const token = await win(scene)
    assert.equal(backend.peek(key()), undefined)
    await backend.fill(token, entry(scene, { list: [1] }))
    // A near tier has at hand what was read.
    const { found } = await backend.lease(key(), 10)
    const peeked = backend.peek(key())

    assert.deepEqual([peeked?.state, peeked?.value], [found?.state, found?.value])
    assert.deepEqual(peeked?.value, { list: [1] })
    await backend.delete(key())
    assert.equal(backend.peek(key()), undefined)
  })

  it('knows a state of an item again that only readers came by', async (scene) => {
    const { backend, key } = scene
    if (backend.isCurrent === undefined) return
    for (const value of ['v', 5, { a: 1 }]) {
      await backend.set(key(), entry(scene, value))
      const { mark } = await leaseFresh(scene)
      await backend.get(key())
      await backend.lease(key(), 10)

      assert.equal(await backend.isCurrent(key(), mark), true)
      assert.equal(await backend.isCurrent(key('other'), mark), false)
    }
  })

  const allChanges: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
    ...changes,
    'the same value set again': (scene) => scene.backend.set(scene.key(), entry(scene, 5)),
    incr: ({ backend, key }) => backend.incr(key(), 1n),
    touch: ({ backend, key }) => backend.touch(key(), 30),
  }
  for (const [name, change] of Object.entries(allChanges)) {
    it(`does not take what ${name} has changed for what it was`, async (scene) => {
      const { backend, key } = scene
      if (backend.isCurrent === undefined) return
      await backend.set(key(), entry(scene, 5))
      const { mark } = await leaseFresh(scene)
      await change(scene)

      assert.equal(await backend.isCurrent(key(), mark), false)
    })
  }
}

function factsOf(found: Found | undefined): unknown {
  return { tags: found?.tags, etag: found?.etag }
}
