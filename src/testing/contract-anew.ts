import assert from 'node:assert/strict'
import {
  changes,
  entry,
  leaseFresh,
  peek,
  type Run,
  type Scene,
  winFresh,
} from './contract-setup.ts'

/** Computing anew what is fresh: one does, and a stale write never lands. */
export function anewContract(it: Run): void {
  it('lets one of many compute anew what all go on reading', async (scene) => {
    const { backend, key } = scene
    await backend.set(key(), entry(scene, { a: 1 }))
    const found = await leaseFresh(scene)
    const reads = await Promise.all(
      Array.from({ length: 10 }, () => backend.leaseAgain(key(), found, 10)),
    )

    const tokens = reads.flatMap((read) => (read === 'changed' ? [] : (read.token ?? [])))
    assert.equal(tokens.length, 1)
    for (const read of reads) {
      assert.ok(read !== 'changed')
      assert.deepEqual([read.found?.state, read.found?.value], ['fresh', { a: 1 }])
    }
    assert.deepEqual((await leaseFresh(scene)).value, { a: 1 })
    for (const token of tokens) assert.equal(await backend.fill(token, entry(scene, 'new')), true)
    assert.deepEqual(await peek(scene, key()), ['fresh', 'new'])
    const again = await backend.leaseAgain(key(), await leaseFresh(scene), 10)
    assert.ok(again !== 'changed' && again.token !== undefined)
  })

  it('computes a number anew that goes on counting', async (scene) => {
    const { backend, key } = scene
    const token = await winFresh(scene, 5)

    assert.equal(await backend.fill(token, entry(scene, 10)), true)
    assert.equal(await backend.incr(key(), 1n), 11n)
  })

  const allChanges: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
    ...changes,
    touch: ({ backend, key }) => backend.touch(key(), 30),
    'touch of 0': ({ backend, key }) => backend.touch(key(), 0),
    incr: ({ backend, key }) => backend.incr(key(), 1n),
  }
  for (const [name, change] of Object.entries(allChanges)) {
    it(`says that ${name} has changed what was read`, async (scene) => {
      const { backend, key } = scene
      await backend.set(key(), entry(scene, 5))
      const found = await leaseFresh(scene)
      await change(scene)

      assert.equal(await backend.leaseAgain(key(), found, 10), 'changed')
      // It holds nobody up who reads what is there by now.
      await winFresh(scene)
    })

    it(`refuses a value that was computed anew before ${name}`, async (scene) => {
      const { backend, key } = scene
      const token = await winFresh(scene, 5)
      await change(scene)
      const before = await peek(scene, key())

      assert.equal(await backend.fill(token, entry(scene, 'computed')), false)
      assert.deepEqual(await peek(scene, key()), before)
      assert.equal(await backend.renew(token, 10), undefined)
    })
  }

  it('gives the right to compute anew on when it is released', async (scene) => {
    const { backend, key } = scene
    await backend.release(await winFresh(scene))

    const read = await backend.leaseAgain(key(), await leaseFresh(scene), 10)
    assert.ok(read !== 'changed' && read.token !== undefined)
  })

  it('keeps the right to compute anew that is renewed, and ends one that is not', async (scene) => {
    const { backend, key, pass } = scene
    let token = await winFresh(scene, 'old', 3)
    for (let i = 0; i < 4; i++) {
      await pass(1)
      token = (await backend.renew(token, 3)) ?? assert.fail('the lease was lost')
    }
    const found = await leaseFresh(scene)
    const meanwhile = await backend.leaseAgain(key(), found, 10)
    assert.ok(meanwhile !== 'changed' && meanwhile.token === undefined)
    await pass(4.1)

    const later = await backend.leaseAgain(key(), found, 10)
    assert.ok(later !== 'changed' && later.token !== undefined)
    assert.equal(await backend.fill(later.token, entry(scene, 'new')), true)
  })

  it('gives nobody else what is over before it was computed anew', async (scene) => {
    const { backend, key, clock, pass } = scene
    const short = { value: 'old', createdAtMs: clock.now() - 60_000, ttl: 61.5, staleFor: 0 }
    await backend.set(key(), short)
    const read = await backend.leaseAgain(key(), await leaseFresh(scene), 10)
    assert.ok(read !== 'changed' && read.token !== undefined)
    await pass(2)

    const meanwhile = await backend.lease(key(), 10)
    assert.deepEqual([meanwhile.found, meanwhile.token], [undefined, undefined])
    assert.equal(await backend.fill(read.token, entry(scene, 'new')), true)
    assert.deepEqual(await peek(scene, key()), ['fresh', 'new'])
  })

  it('makes nothing live longer that is computed anew', async (scene) => {
    const { backend, key, pass } = scene
    await backend.set(key(), entry(scene, 5, { ttl: 2 }))
    await backend.set(key('half'), entry(scene, 'v', { ttl: 2.5 }))
    for (const name of ['k', 'half']) {
      const read = await backend.leaseAgain(key(name), await leaseFresh(scene, name), 10)
      assert.ok(read !== 'changed' && read.token !== undefined)
    }
    await pass(3.1)

    assert.equal(await peek(scene, key()), undefined)
    assert.equal(await peek(scene, key('half')), undefined)
  })
}
