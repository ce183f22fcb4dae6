import assert from 'node:assert/strict'
import { entry, noReport, peek, type Run, rejectsWith } from './contract-setup.ts'

const ODD_KEYS = [
  '__proto__',
  'with spaces and\nlines',
  'ключ-鍵-😀',
  'x'.repeat(1000),
  `${'x'.repeat(999)}y`,
  'ж'.repeat(400),
]

/** Entries: what is kept, for how long, and what comes back. */
export function entryContract(it: Run): void {
  it('tells a miss from null and from an empty value', async (scene) => {
    const { backend, key } = scene
    await backend.set(key('null'), entry(scene, null))
    await backend.set(key('text'), entry(scene, ''))
    await backend.set(key('bytes'), entry(scene, Buffer.alloc(0)))

    assert.deepEqual(await peek(scene, key('null')), ['fresh', null])
    assert.deepEqual(await peek(scene, key('text')), ['fresh', ''])
    assert.deepEqual(await peek(scene, key('bytes')), ['fresh', Buffer.alloc(0)])
    assert.equal(await peek(scene, key('missing')), undefined)
  })

  it('gives back the value and its type', async (scene) => {
    const values = [
      'text',
      42,
      -0,
      1.5,
      2 ** 60,
      12n,
      2n ** 63n,
      true,
      Buffer.from('bytes'),
      { list: [1, 'two', null, undefined], date: new Date(0), map: new Map([[1, new Set(['x'])]]) },
      new Float64Array([1.5, Number.NaN]),
    ]
    for (const [i, value] of values.entries()) {
      await scene.backend.set(scene.key(`${i}`), entry(scene, value))
      assert.deepEqual(await peek(scene, scene.key(`${i}`)), ['fresh', value])
    }
  })

  it('copies values in and out', async (scene) => {
    const { backend, key } = scene
    const value = { list: [1] }
    const storing = backend.set(key(), entry(scene, value))
    value.list.push(2)
    await storing
    const read = (await backend.get(key()))?.value as typeof value
    try {
      read.list.push(3)
    } catch {
      // A backend may also hand out what cannot be changed.
    }

    assert.deepEqual(await peek(scene, key()), ['fresh', { list: [1] }])
  })

  it('refuses what cannot be kept and leaves the old value', async (scene) => {
    const { backend, key } = scene
    await backend.set(key(), entry(scene, 'old'))
    const unfit = entry(scene, { run: () => 1 })

    await rejectsWith('ERR_VALUE_INVALID', backend.set(key(), unfit))
    await rejectsWith('ERR_VALUE_INVALID', backend.add(key('new'), unfit))
    const many = new Map([
      [key(), entry(scene, 'new')],
      [key('new'), unfit],
    ])
    await rejectsWith('ERR_VALUE_INVALID', backend.setMany(many, noReport))

    assert.deepEqual(await peek(scene, key()), ['fresh', 'old'])
  })

  it('reads and writes many, leaving missing keys out', async (scene) => {
    const { backend, key } = scene
    const entries = new Map([
      [key('a'), entry(scene, 1)],
      [key('b'), entry(scene, null)],
    ])

    assert.deepEqual(await backend.setMany(entries, noReport), [])
    const found = await backend.getMany([key('a'), key('b'), key('c')], noReport)
    assert.deepEqual([...found.keys()].sort(), [key('a'), key('b')])
    assert.equal(await backend.deleteMany([key('a'), key('c')], noReport), 1)
    assert.deepEqual(await peek(scene, key('b')), ['fresh', null])
  })

  it('keeps any well-formed key apart from any other', async (scene) => {
    for (const odd of ODD_KEYS) await scene.backend.set(scene.key(odd), entry(scene, odd))

    for (const odd of ODD_KEYS) assert.deepEqual(await peek(scene, scene.key(odd)), ['fresh', odd])
  })

  it('adds only where nothing is, fresh or stale', async (scene) => {
    const { backend, key } = scene

    assert.equal(await backend.add(key(), entry(scene, 1)), true)
    assert.equal(await backend.add(key(), entry(scene, 2)), false)
    await backend.invalidate(key(), 60)
    assert.equal(await backend.add(key(), entry(scene, 3)), false)
    assert.deepEqual(await peek(scene, key()), ['stale', 1])
  })

  it('says whether there was something to delete', async (scene) => {
    const { backend, key } = scene
    await backend.set(key(), entry(scene, 1))

    assert.equal(await backend.delete(key()), true)
    assert.equal(await backend.delete(key()), false)
  })

  it('lets an entry expire, and a stale one after its window', async (scene) => {
    const { backend, key, pass } = scene
    await backend.set(key('plain'), entry(scene, 1, { ttl: 1 }))
    await backend.set(key('window'), entry(scene, 2, { ttl: 1, staleFor: 3 }))
    await backend.set(key('endless'), entry(scene, 3, { ttl: Infinity }))

    await pass(2.1)
    assert.equal(await peek(scene, key('plain')), undefined)
    assert.deepEqual(await peek(scene, key('window')), ['stale', 2])
    const { staleMs = 0, ageMs = 0 } = (await backend.get(key('window'))) ?? {}
    assert.ok(staleMs >= 1000 && staleMs < 2000, `stale for ${staleMs} ms`)
    assert.ok(ageMs >= 2000 && ageMs < 3000, `${ageMs} ms old`)
    await pass(2)
    assert.equal(await peek(scene, key('window')), undefined)
    assert.deepEqual(await peek(scene, key('endless')), ['fresh', 3])
  })

  it('counts the age of an entry from before it was stored', async (scene) => {
    const { backend, key, clock } = scene
    const old = { value: 'v', createdAtMs: clock.now() - 5000, ttl: 6.5, staleFor: 60 }
    await backend.set(key(), old)

    const { ageMs = 0, ttlLeft = 0 } = (await backend.get(key())) ?? {}
    assert.ok(ageMs >= 5000 && ageMs < 6000, `${ageMs} ms old`)
    assert.ok(ttlLeft > 0.5 && ttlLeft <= 1.5, `${ttlLeft} s left`)
  })

  it('takes an entry from a clock that runs ahead for one of now', async (scene) => {
    const { backend, key, clock } = scene
    const early = { value: 'v', createdAtMs: clock.now() + 60_000, ttl: 10, staleFor: 60 }
    await backend.set(key(), early)

    const { ageMs, ttlLeft = 0 } = (await backend.get(key())) ?? {}
    assert.ok(ageMs !== undefined && ageMs < 1000, `${ageMs} ms old`)
    assert.ok(ttlLeft > 9 && ttlLeft <= 10, `${ttlLeft} s left`)
  })

  it('starts a lifetime anew by touch, where there is one', async (scene) => {
    const { backend, key, pass } = scene
    await backend.set(key(), entry(scene, 'v', { ttl: 3 }))
    await backend.set(key('window'), entry(scene, 'w', { ttl: 3, staleFor: 60 }))
    await backend.set(key('endless'), entry(scene, 'y', { ttl: Infinity }))
    await backend.set(key('stale'), entry(scene, 'x'))
    await backend.invalidate(key('stale'), 60)

    assert.equal(await backend.touch(key(), 60), true)
    assert.equal(await backend.touch(key('window'), 60), true)
    assert.equal(await backend.touch(key('endless'), 60), true)
    assert.equal(await backend.touch(key('stale'), 60), false)
    assert.equal(await backend.touch(key('missing'), 60), false)
    await pass(3.1)
    assert.deepEqual(await peek(scene, key()), ['fresh', 'v'])
    assert.deepEqual(await peek(scene, key('window')), ['fresh', 'w'])
    assert.deepEqual(await peek(scene, key('endless')), ['fresh', 'y'])
  })

  it('counts a lifetime that starts anew from the touch, however old the value is', async (scene) => {
    const { backend, key, clock } = scene
    const old = { value: 'v', createdAtMs: clock.now() - 50_000, ttl: 55, staleFor: 60 }
    await backend.set(key(), old)

    assert.equal(await backend.touch(key(), 10), true)
    const { state, ttlLeft = 0 } = (await backend.get(key())) ?? {}
    assert.equal(state, 'fresh')
    assert.ok(ttlLeft > 9 && ttlLeft <= 10, `${ttlLeft} s left`)
  })

  it('counts in 64 bits, unsigned', async (scene) => {
    const { backend, key } = scene
    await backend.set(key(), entry(scene, 10))

    assert.equal(await backend.incr(key(), 5n), 15n)
    assert.equal(await backend.incr(key(), -6n), 9n)
    assert.deepEqual(await peek(scene, key()), ['fresh', 9])
    assert.equal(await backend.incr(key(), -100n), 0n)
    assert.equal(await backend.incr(key(), 2n ** 64n - 1n), 2n ** 64n - 1n)
    assert.deepEqual(await peek(scene, key()), ['fresh', 2n ** 64n - 1n])
    assert.equal(await backend.incr(key(), 2n), 1n)
    assert.deepEqual(await peek(scene, key()), ['fresh', 1])
  })

  it('counts a number with a stale window, which stays', async (scene) => {
    const { backend, key, pass } = scene
    await backend.set(key(), entry(scene, 1, { ttl: 1, staleFor: 60 }))

    assert.equal(await backend.incr(key(), 1n), 2n)
    assert.deepEqual(await peek(scene, key()), ['fresh', 2])
    await pass(1.1)
    assert.deepEqual(await peek(scene, key()), ['stale', 2])
  })

  it('starts a count with `initial` and refuses what is no number', async (scene) => {
    const { backend, key } = scene
    for (const value of ['text', null, 1.5, -5, 2 ** 60, 5n, Buffer.alloc(0), [1]]) {
      await backend.set(key(), entry(scene, value))
      await rejectsWith('ERR_NOT_A_NUMBER', backend.incr(key(), 1n))
      assert.deepEqual(await peek(scene, key()), ['fresh', value])
    }

    assert.equal(await backend.incr(key('missing'), 1n), undefined)
    assert.equal(await backend.incr(key('new'), 1n, { value: 7n, ttl: 60 }), 7n)
    assert.equal(await backend.incr(key('new'), 1n, { value: 7n, ttl: 60 }), 8n)
    assert.deepEqual(await peek(scene, key('new')), ['fresh', 8])
  })

  it('marks stale, for a bounded time', async (scene) => {
    const { backend, key, pass } = scene
    await backend.set(key(), entry(scene, 'v'))
    await backend.set(key('short'), entry(scene, 'w'))

    assert.equal(await backend.invalidate(key(), Infinity), true)
    assert.equal(await backend.invalidate(key('short'), 1), true)
    assert.equal(await backend.invalidate(key('missing'), 60), false)
    assert.deepEqual(await peek(scene, key()), ['stale', 'v'])
    await backend.set(key(), entry(scene, 'new'))
    assert.deepEqual(await peek(scene, key()), ['fresh', 'new'])
    await pass(2.1)
    assert.equal(await peek(scene, key('short')), undefined)
  })

  it('clears what starts with a prefix, and no more', async (scene) => {
    const { backend, key, space } = scene
    for (const odd of ODD_KEYS) await backend.set(key(odd), entry(scene, odd))
    await backend.set(`x${key()}`, entry(scene, 'other'))

    await backend.clear(space)
    const found = await backend.getMany(
      ODD_KEYS.map((odd) => key(odd)),
      noReport,
    )
    assert.equal(found.size, 0)
    assert.deepEqual(await peek(scene, `x${key()}`), ['fresh', 'other'])
  })
}
