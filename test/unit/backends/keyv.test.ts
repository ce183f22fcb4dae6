import Keyv from 'keyv'
import { describe, expect, it } from 'vitest'
import { KeyvBackend } from '../../../src/backends/keyv.ts'
import type { Entry, Storable } from '../../../src/cache/backend.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { FaultyStore } from '../../support/faulty-store.ts'
import { keyvScene } from '../../support/keyv-scene.ts'

describe('a KeyvBackend within one process', () => {
  it('counts each of many at the same time', async () => {
    const { backend } = keyvScene()
    const start = { value: 0n, ttl: 60 }
    await Promise.all(Array.from({ length: 20 }, () => backend.incr('n', 1n, start)))

    expect((await backend.get('n'))?.value).toBe(19)
  })

  it('lets one of many add', async () => {
    const { backend, entry } = keyvScene()
    const added = await Promise.all([1, 2, 3].map((value) => backend.add('k', entry(value))))

    expect(added).toEqual([true, false, false])
  })

  it('keeps a lease until the value is there', async () => {
    const { backend, entry } = keyvScene()
    const { token } = await backend.lease('k', 10)
    const filling = token && backend.fill(token, entry('v'))
    const during = await backend.lease('k', 10)

    expect(during.token).toBeUndefined()
    expect(await filling).toBe(true)
    expect((await backend.lease('k', 10)).found?.value).toBe('v')
  })
})

describe('clear of a KeyvBackend', () => {
  it('empties the namespace of a store that lists nothing', async () => {
    const clock = new FakeClock()
    const store = new FaultyStore()
    const backend = new KeyvBackend(new Keyv({ store: store as never }), { clock })
    await backend.set('a:1', { value: 1, createdAtMs: clock.now(), ttl: 60, staleFor: 0 })
    await backend.clear('a:')

    expect(store.entries.size).toBe(0)
  })

  it('is refused where that would be the whole store', async () => {
    const clock = new FakeClock()
    const store = new FaultyStore()
    const keyv = new Keyv({ store: store as never, namespace: '' })
    const backend = new KeyvBackend(keyv, { clock })
    await backend.set('a:1', { value: 1, createdAtMs: clock.now(), ttl: 60, staleFor: 0 })

    await expect(backend.clear('a:')).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining('does not list its keys'),
    })
    expect([...store.entries.keys()]).toEqual(['a:1'])
  })

  it('leaves what others keep in the same store', async () => {
    const { backend, keyv, entry } = keyvScene()
    await keyv.set('a:foreign', 'stays')
    for (let i = 0; i < 250; i++) await backend.set(`a:${i}`, entry(i))
    await backend.set('b:1', entry('stays'))
    await backend.clear('a:')

    expect(await keyv.get('a:foreign')).toBe('stays')
    expect((await backend.get('b:1'))?.value).toBe('stays')
    const left = await backend.getMany(['a:0', 'a:99', 'a:249'], fail)
    expect(left.size).toBe(0)
  })
})

describe('a store that declines', () => {
  it('is told from one that fails, and keeps no old value', async () => {
    const clock = new FakeClock()
    const store = new SmallStore()
    const backend = new KeyvBackend(new Keyv({ store: store as never }), { clock })
    const entry = (value: Storable): Entry => {
      return { value, createdAtMs: clock.now(), ttl: 60, staleFor: 0 }
    }
    const large = 'x'.repeat(1000)
    await backend.set('k', entry('old'))

    expect(await backend.set('k', entry(large))).toBe(false)
    expect(await backend.get('k')).toBeUndefined()
    expect(await backend.setMany(new Map([['k', entry(large)]]), fail)).toEqual(['k'])
    const { token } = await backend.lease('k', 10)
    const filling = token && backend.fill(token, entry(large))
    await expect(filling).rejects.toMatchObject({ code: 'ERR_VALUE_TOO_LARGE' })
    expect((await backend.lease('k', 10)).token).toBeDefined()
  })
})

describe('new KeyvBackend', () => {
  it.each<[string, unknown]>([
    ['timeoutMs', 0],
    ['timeoutMs', '5s'],
    ['timeoutMs', Infinity],
    ['sharesKeyv', 1],
    ['compress', 5],
    ['timeout', 5],
  ])('refuses %s: %j', (option, value) => {
    expect(() => new KeyvBackend(new Keyv(), { [option]: value })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(option),
      }),
    )
  })

  it('refuses what is no Keyv', () => {
    expect(() => new KeyvBackend(new Map() as never)).toThrow('a Keyv of the package keyv')
  })

  it('disconnects its Keyv when it is closed, unless it shares it', async () => {
    for (const sharesKeyv of [false, true]) {
      const { backend, keyv } = keyvScene({ sharesKeyv })
      let isConnected = true
      keyv.on('disconnect', () => {
        isConnected = false
      })
      await backend[Symbol.asyncDispose]()
      expect(isConnected).toBe(sharesKeyv)
    }
  })
})

function fail(error: unknown): void {
  throw error
}

/** As a server with a limit for one value. */
class SmallStore extends FaultyStore {
  override async set(key: string, value: unknown): Promise<void> {
    const isSmall = String(value).length < 500
    if (isSmall) await super.set(key, value)
    return isSmall as never
  }
}
