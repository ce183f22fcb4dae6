import assert from 'node:assert/strict'
import {
  changes,
  entry,
  leaseFresh,
  noReport,
  peek,
  type Run,
  type Scene,
  win,
  winFresh,
  winStale,
} from './contract-setup.ts'

/** Leaving alone for a while what could not be computed. */
export function backOffContract(it: Run): void {
  it('leaves a stale value alone after a failure, and says so to all', async (scene) => {
    const { backend, key } = scene
    const token = await winStale(scene)
    await backend.backOff(token, 60)

    for (let i = 0; i < 3; i++) assert.deepEqual(await attempt(scene), ['old', false, true])
    assert.deepEqual(await peek(scene, key()), ['stale', 'old'])
    assert.equal(await backend.renew(token, 10), undefined)
    assert.deepEqual(await attempt(scene), ['old', false, true])
  })

  it('leaves a fresh value alone after a failure, and a hit a hit', async (scene) => {
    const { backend, key } = scene
    await backend.backOff(await winFresh(scene), 60)
    const found = await leaseFresh(scene)

    const read = await backend.leaseAgain(key(), found, 10)
    assert.ok(read !== 'changed')
    assert.deepEqual([read.found?.value, read.token, read.hasFailed], ['old', undefined, true])
  })

  it('tells a failure from a computation', async (scene) => {
    await winStale(scene)

    assert.deepEqual(await attempt(scene), ['old', false, false])
  })

  it('gives a key again when the time after a failure is over', async (scene) => {
    await scene.backend.backOff(await winStale(scene), 1)
    assert.deepEqual(await attempt(scene), ['old', false, true])
    await scene.pass(2.1)

    assert.deepEqual(await attempt(scene), ['old', true, false])
  })

  it('takes a time of 0 after a failure for none', async (scene) => {
    await scene.backend.backOff(await winStale(scene), 0)

    assert.deepEqual(await attempt(scene), ['old', true, false])
  })

  for (const [name, value, change] of [
    ['set', 'set', changes.set],
    ['setMany', 'set', changes.setMany],
    ['invalidate', 'old', changes.invalidate],
    [
      'delete and set',
      'set',
      async (scene: Scene) => {
        await scene.backend.delete(scene.key())
        await scene.backend.set(scene.key(), entry(scene, 'set'))
      },
    ],
  ] as const) {
    it(`forgets a failure at ${name}`, async (scene) => {
      const { backend, key } = scene
      await backend.backOff(await winStale(scene), 60)
      await change(scene)
      await backend.invalidate(key(), 60)

      assert.deepEqual(await attempt(scene), [value, true, false])
      assert.deepEqual(await attempt(scene), [value, false, false])
    })
  }

  it('forgets a failure with the value that it was about', async (scene) => {
    const { backend, key, clock, pass } = scene
    const old = { value: 'old', createdAtMs: clock.now() - 60_000, ttl: 59, staleFor: 2 }
    await backend.set(key(), old)
    const { token } = await backend.lease(key(), 10)
    assert.ok(token)
    await backend.backOff(token, 60)
    assert.deepEqual(await attempt(scene), ['old', false, true])
    await pass(2)

    assert.deepEqual(await attempt(scene), [undefined, true, false])
  })

  it('gives a key without a value to the next after a failure', async (scene) => {
    const { backend, key } = scene
    await backend.backOff(await win(scene), 60)

    assert.equal(await backend.fill(await win(scene), entry(scene, 'v')), true)
    assert.equal((await backend.getMany([key()], noReport)).get(key())?.value, 'v')
  })
}

/** What a caller gets who asks: the value, whether it may compute, whether another has failed. */
async function attempt({ backend, key }: Scene): Promise<unknown[]> {
  const { found, token, hasFailed = false } = await backend.lease(key(), 10)
  return [found?.value, token !== undefined, hasFailed]
}
