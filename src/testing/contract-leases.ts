import assert from 'node:assert/strict'
import { changes, entry, noReport, peek, type Run, win, winStale } from './contract-setup.ts'

/** Leases: one computes, a stale write never lands, and a dead holder blocks nobody for long. */
export function leaseContract(it: Run): void {
  it('gives a cold key to one of many', async ({ backend, key }) => {
    const reads = await Promise.all(Array.from({ length: 20 }, () => backend.lease(key(), 10)))

    assert.equal(reads.filter(({ token }) => token !== undefined).length, 1)
    assert.deepEqual(
      reads.filter(({ found }) => found !== undefined),
      [],
    )
  })

  it('answers a hit without a lease', async (scene) => {
    await scene.backend.set(scene.key(), entry(scene, 'v'))

    const { found, token } = await scene.backend.lease(scene.key(), 10)
    assert.deepEqual([found?.state, found?.value, token], ['fresh', 'v', undefined])
  })

  it('stores what the holder computed', async (scene) => {
    const { backend, key } = scene
    const token = await win(scene)

    assert.equal(await backend.fill(token, entry(scene, { a: 1 })), true)
    assert.deepEqual(await peek(scene, key()), ['fresh', { a: 1 }])
    assert.equal((await backend.lease(key(), 10)).token, undefined)
  })

  it('shows nobody that a key is being computed', async (scene) => {
    const { backend, key } = scene
    await win(scene)

    assert.equal(await backend.get(key()), undefined)
    assert.equal((await backend.getMany([key()], noReport)).size, 0)
    assert.equal(await backend.touch(key(), 60), false)
    assert.equal(await backend.incr(key(), 1n), undefined)
  })

  it('lets add and incr take a key that is being computed', async (scene) => {
    const { backend, key } = scene
    const token = await win(scene)
    const counting = await win(scene, 'n')

    assert.equal(await backend.add(key(), entry(scene, 'added')), true)
    assert.equal(await backend.incr(key('n'), 1n, { value: 5n, ttl: 60 }), 5n)
    assert.equal(await backend.fill(token, entry(scene, 'computed')), false)
    assert.equal(await backend.fill(counting, entry(scene, 'computed')), false)
    assert.deepEqual(await peek(scene, key()), ['fresh', 'added'])
    assert.deepEqual(await peek(scene, key('n')), ['fresh', 5])
  })

  for (const [name, change] of Object.entries(changes)) {
    it(`refuses a value that was computed before ${name}`, async (scene) => {
      const token = await win(scene)
      await change(scene)
      const before = await peek(scene, scene.key())

      assert.equal(await scene.backend.fill(token, entry(scene, 'computed')), false)
      assert.deepEqual(await peek(scene, scene.key()), before)
      assert.equal(await scene.backend.renew(token, 10), undefined)
    })

    it(`refuses a refreshed value that was computed before ${name}`, async (scene) => {
      const token = await winStale(scene)
      await change(scene)

      assert.equal(await scene.backend.fill(token, entry(scene, 'computed')), false)
      const left = (await scene.backend.get(scene.key()))?.value
      assert.notEqual(left, 'computed')
    })
  }

  it('ends the lease on a stale value that somebody changes', async (scene) => {
    const { backend, key } = scene
    const token = await winStale(scene)
    await backend.set(key(), entry(scene, 'newer'))
    assert.equal(await backend.renew(token, 10), undefined)
    await backend.invalidate(key(), 60)

    assert.notEqual((await backend.lease(key(), 10)).token, undefined)
    assert.equal(await backend.fill(token, entry(scene, 'computed')), false)
  })

  it('gives a key on when its lease is released', async (scene) => {
    await scene.backend.release(await win(scene))

    assert.notEqual((await scene.backend.lease(scene.key(), 10)).token, undefined)
  })

  it('hands a cancelled key to the next who asks', async (scene) => {
    const { backend, key } = scene
    await win(scene)
    await backend.invalidate(key(), 60)
    // Who only reads takes nothing away.
    await backend.get(key())
    const reads = [await backend.lease(key(), 10), await backend.lease(key(), 10)]

    assert.deepEqual(
      reads.map(({ token }) => token !== undefined),
      [true, false],
    )
  })

  it('ends a lease that nobody renews, and not one that is renewed', async (scene) => {
    const { backend, key, pass } = scene
    const dead = await win(scene, 'dead', 1)
    let renewed = await win(scene, 'renewed', 3)
    for (let i = 0; i < 5; i++) {
      await pass(1)
      renewed = (await backend.renew(renewed, 3)) ?? assert.fail('the lease was lost')
    }

    assert.equal((await backend.lease(key('renewed'), 10)).token, undefined)
    assert.equal(await backend.fill(renewed, entry(scene, 'v')), true)
    assert.equal(await backend.fill(dead, entry(scene, 'v')), false)
    assert.equal(await backend.renew(dead, 10), undefined)
    const heir = await win(scene, 'dead')
    assert.equal(await backend.fill(dead, entry(scene, 'v')), false)
    assert.equal(await backend.renew(dead, 10), undefined)
    await backend.release(dead)
    assert.equal(await backend.fill(heir, entry(scene, 'w')), true)
  })

  it('gives a stale value to all and its refresh to one', async (scene) => {
    const { backend, key } = scene
    const token = await winStale(scene)
    const others = await Promise.all(Array.from({ length: 5 }, () => backend.lease(key(), 10)))

    for (const { found, token } of others) {
      assert.deepEqual([found?.state, found?.value, token], ['stale', 'old', undefined])
    }
    assert.equal(await backend.fill(token, entry(scene, 'new')), true)
    assert.deepEqual(await peek(scene, key()), ['fresh', 'new'])
    await backend.invalidate(key(), 60)
    assert.notEqual((await backend.lease(key(), 10)).token, undefined)
  })

  it('does not let a read take the refresh away', async (scene) => {
    const { backend, key } = scene
    await backend.set(key(), entry(scene, 'old'))
    await backend.invalidate(key(), 60)
    await backend.get(key())
    await backend.getMany([key()], noReport)
    await backend.touch(key(), 60)

    assert.notEqual((await backend.lease(key(), 10)).token, undefined)
  })

  it('keeps and gives on the lease on a stale value', async (scene) => {
    const { backend, key, pass } = scene
    let token = await winStale(scene, 3)
    for (let i = 0; i < 5; i++) {
      await pass(1)
      token = (await backend.renew(token, 3)) ?? assert.fail('the lease was lost')
    }
    assert.equal((await backend.lease(key(), 10)).token, undefined)
    await backend.release(token)

    assert.notEqual((await backend.lease(key(), 10)).token, undefined)
  })

  it('leaves the old value where the new one has outlived itself', async (scene) => {
    const { backend, key, clock } = scene
    const late = { value: 'late', createdAtMs: clock.now() - 60_000, ttl: 50, staleFor: 10 }

    assert.equal(await backend.fill(await winStale(scene), late), false)
    assert.deepEqual(await peek(scene, key()), ['stale', 'old'])
    assert.notEqual((await backend.lease(key(), 10)).token, undefined)
  })

  it('lets a refresh outlast the stale window', async (scene) => {
    const { backend, key, clock, pass } = scene
    const old = { value: 'old', createdAtMs: clock.now() - 60_000, ttl: 59, staleFor: 2 }
    await backend.set(key(), old)
    const { token } = await backend.lease(key(), 10)
    assert.ok(token)
    await pass(4)

    assert.equal(await backend.fill(token, entry(scene, 'new')), true)
    assert.deepEqual(await peek(scene, key()), ['fresh', 'new'])
  })

  it('gives nobody else a value whose stale window ends while it is refreshed', async (scene) => {
    const { backend, key, clock, pass } = scene
    const old = { value: 'old', createdAtMs: clock.now() - 60_000, ttl: 59, staleFor: 2 }
    await backend.set(key(), old)
    const { token } = await backend.lease(key(), 10)
    assert.ok(token)
    await pass(2)

    const read = await backend.lease(key(), 10)
    assert.deepEqual([read.found, read.token], [undefined, undefined])
    await backend.release(token)
    assert.notEqual((await backend.lease(key(), 10)).token, undefined)
  })

  it('lets a refresh that is renewed outlast its own lease as well', async (scene) => {
    const { backend, key, clock, pass } = scene
    const old = { value: 'old', createdAtMs: clock.now() - 60_000, ttl: 59, staleFor: 2 }
    await backend.set(key(), old)
    let { token } = await backend.lease(key(), 2)
    for (let i = 0; i < 6; i++) {
      await pass(1)
      token = token && (await backend.renew(token, 2))
    }
    assert.ok(token)

    assert.equal(await backend.fill(token, entry(scene, 'new')), true)
    assert.deepEqual(await peek(scene, key()), ['fresh', 'new'])
  })
}
