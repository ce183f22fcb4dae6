import Keyv from 'keyv'
import { describe, expect, it } from 'vitest'
import { KeyvBackend } from '../../../src/backends/keyv.ts'
import { storeKey } from '../../../src/backends/keyv-key.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { FaultyStore } from '../../support/faulty-store.ts'
import { keyvScene } from '../../support/keyv-scene.ts'

describe('what a KeyvBackend stores', () => {
  it('is text, with the whole key, whatever the value is', async () => {
    const { backend, map, entry } = keyvScene()
    for (const value of ['v', 5, null, Buffer.alloc(3), new Map([[1, 2n]])]) {
      await backend.set('shop:1:k', entry(value))
      const kept: unknown = JSON.parse(String(map.get('keyv:shop:1:k')))

      // The key is base64url of `shop:1:k`.
      expect(kept).toMatchObject({
        value: expect.stringMatching(/^reprise1:256:[\w-]{12}:c2hvcDoxOms::[A-Za-z0-9+/=]+$/),
      })
    }
  })

  it('is read by other processes, with its tags and marks', async () => {
    const clock = new FakeClock()
    const map = new Map<string, unknown>()
    const [one, other] = [keyvScene({}, map, clock), keyvScene({}, map, clock)]
    const tags = new Map([['t', '1']])
    await one.backend.set('k', { ...one.entry('v'), tags, etag: '"1"' })
    expect(await other.backend.get('k')).toMatchObject({ state: 'fresh', tags, etag: '"1"' })

    await one.backend.invalidate('k', 10)
    clock.advance(4)
    expect(await other.backend.get('k')).toMatchObject({ state: 'stale', staleMs: 4000, tags })
    await other.backend.invalidate('k', Infinity)
    expect(await one.backend.get('k')).toMatchObject({ state: 'stale', staleMs: 4000 })
    clock.advance(6)
    expect(await one.backend.get('k')).toBeUndefined()
  })

  it('goes when its own time is over, whatever the store thinks', async () => {
    const { backend, clock, entry } = keyvScene({}, new Map(), new FakeClock(), { ttl: 1 })
    await backend.set('short', entry('v', { ttl: 0.25 }))
    await backend.set('endless', entry('w', { ttl: Infinity }))
    clock.advance(0.2)
    expect(await backend.get('short')).toMatchObject({ state: 'fresh', ageMs: 200, ttlLeft: 0.05 })
    clock.advance(0.05)
    expect(await backend.get('short')).toBeUndefined()
    clock.advance(1e9)

    expect((await backend.get('endless'))?.value).toBe('w')
  })

  it('tells the store how long it is of use, and never that of Keyv itself', async () => {
    const { backend, map, entry } = keyvScene({}, new Map(), new FakeClock(), { ttl: 1 })
    const before = Date.UTC(2026, 0, 1)
    await backend.set('k', entry('v', { ttl: 1e9, staleFor: 1e9 }))
    await backend.set('endless', entry('v', { ttl: Infinity }))

    const { expires } = JSON.parse(String(map.get('keyv:k'))) as { expires: number }
    expect(expires - before).toBeGreaterThanOrEqual(2e12)
    expect(JSON.parse(String(map.get('keyv:endless')))).not.toHaveProperty('expires')
  })

  it('is compressed and signed where told so', async () => {
    const map = new Map<string, unknown>()
    const { backend, entry } = keyvScene(
      { compress: true, secret: 'a secret of 32 characters, or so' },
      map,
    )
    const text = 'x'.repeat(10_000)
    await backend.set('k', entry(text))

    expect(String(map.get('keyv:k')).length).toBeLessThan(1000)
    expect((await backend.get('k'))?.value).toBe(text)
    const stranger = keyvScene({ secret: 'another secret of 32 characters.' }, map)
    expect(await stranger.backend.get('k')).toBeUndefined()
  })

  it.each<[string, unknown]>([
    ['text of others', 'text'],
    ['an object of others', { a: 1 }],
    ['a number', 5],
    ['a record that is cut', 'reprise1:256:aaaaaaaaaaaa:aw::AAAA'],
    ['a record of no form', 'reprise1:9:aaaaaaaaaaaa:aw::AAAA'],
    ['a record of another key', undefined],
  ])('is not mistaken for %s, which is a miss', async (_name, foreign) => {
    const { backend, keyv, map, entry } = keyvScene()
    await backend.set('other', entry('of another'))
    const record: unknown = JSON.parse(String(map.get('keyv:other')))
    await keyv.set('k', foreign ?? (record as { value: string }).value)

    expect(await backend.get('k')).toBeUndefined()
    expect(await backend.add('k', entry('mine'))).toBe(true)
    expect((await backend.get('k'))?.value).toBe('mine')
  })

  it('is a miss where Keyv itself cannot read it', async () => {
    const { backend, map, entry } = keyvScene()
    await backend.set('good', entry('v'))
    map.set('keyv:k', 'not json')

    expect(await backend.get('k')).toBeUndefined()
    const found = await backend.getMany(['k', 'good'], fail)
    expect([...found.keys()]).toEqual(['good'])
  })
})

describe('the keys of a KeyvBackend', () => {
  it.each([
    ['shop:1:k', 'shop:1:k'],
    ['x'.repeat(200), 'x'.repeat(200)],
    [
      'shop::names:1:k',
      'reprise#shop__names_1_k#a54bf72ea70d7d9bbb8a2aa4eb3f8037d2c7c0197c2188fb40168af54c927107',
    ],
  ])('of %s are %s', (key, expected) => {
    expect(storeKey(key, 'keyv')).toBe(expected)
  })

  it.each([
    'x'.repeat(201),
    'a b',
    'ключ',
    'shop:::t:tag',
    'keyv:1:k',
    'reprise#x',
    '__proto__ and more than that',
  ])('are hashed where a store may not keep %j apart', (key) => {
    expect(storeKey(key, 'keyv')).toMatch(/^reprise#[\w.-]{0,64}#[0-9a-f]{64}$/)
  })

  it('are the same for one read and for many, with the namespace of Keyv in front', async () => {
    const { backend, entry } = keyvScene()
    await backend.set('keyv:1:k', entry('v'))
    await backend.set('1:k', entry('w'))

    expect((await backend.get('keyv:1:k'))?.value).toBe('v')
    expect((await backend.getMany(['keyv:1:k', '1:k'], fail)).get('keyv:1:k')?.value).toBe('v')
    expect((await backend.get('1:k'))?.value).toBe('w')
  })

  it('are never mixed up by a store that takes two for the same', async () => {
    const clock = new FakeClock()
    const store = new LowerCaseStore()
    const backend = new KeyvBackend(new Keyv({ store: store as never }), { clock })
    const entry = { value: 'small', createdAtMs: clock.now(), ttl: 60, staleFor: 0 }
    await backend.set('a:key', entry)

    expect(await backend.get('a:KEY')).toBeUndefined()
    expect((await backend.get('a:key'))?.value).toBe('small')
  })
})

function fail(error: unknown): void {
  throw error
}

/** As a column whose collation ignores case. */
class LowerCaseStore extends FaultyStore {
  override get(key: string): Promise<unknown> {
    return super.get(key.toLowerCase())
  }

  override set(key: string, value: unknown): Promise<void> {
    return super.set(key.toLowerCase(), value)
  }
}
