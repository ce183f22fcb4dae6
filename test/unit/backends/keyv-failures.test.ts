import { setImmediate } from 'node:timers/promises'
import Keyv from 'keyv'
import { describe, expect, it } from 'vitest'
import { KeyvBackend } from '../../../src/backends/keyv.ts'
import type { Backend, Entry, Storable } from '../../../src/cache/backend.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { FaultyStore } from '../../support/faulty-store.ts'

const calls: [string, (backend: Backend, entry: Entry) => Promise<unknown>][] = [
  ['get', (backend) => backend.get('k')],
  ['lease', (backend) => backend.lease('k', 10)],
  ['set', (backend, entry) => backend.set('k', entry)],
  ['add', (backend, entry) => backend.add('k', entry)],
  ['delete', (backend) => backend.delete('k')],
  ['touch', (backend) => backend.touch('k', 60)],
  ['incr', (backend) => backend.incr('k', 1n)],
  ['invalidate', (backend) => backend.invalidate('k', 60)],
  ['clear', (backend) => backend.clear('k')],
]

describe('a Keyv store that fails', () => {
  it.each(calls)('rejects %s where it throws', async (_name, call) => {
    const { backend, store, entry } = scene()
    store.mode = 'throw'

    await expect(call(backend, entry(1))).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      applied: 'unknown',
      cause: { message: 'the disk is full' },
    })
  })

  it.each(calls)('rejects %s where it emits an error and shows nothing', async (_name, call) => {
    const { backend, store, entry } = scene()
    store.mode = 'emit'

    await expect(call(backend, entry(1))).rejects.toMatchObject({
      code: 'ERR_CONNECTION',
      cause: { message: 'the connection is lost' },
    })
  })

  it('reports the keys of a read of many, once', async () => {
    const { backend, store } = scene()
    for (const mode of ['throw', 'emit'] as const) {
      store.mode = mode
      const errors: unknown[] = []
      const found = await backend.getMany(['a', 'b'], (error) => errors.push(error))
      expect([found.size, errors]).toMatchObject([0, [{ code: 'ERR_CONNECTION' }]])
    }
  })

  it('is no failure of a read that found something', async () => {
    const { backend, store, entry } = scene()
    await backend.set('k', entry('v'))
    const reading = backend.get('k')
    store.emit(new Error('another connection'))

    expect((await reading)?.value).toBe('v')
  })

  it('leaves no `error` event without a listener', async () => {
    const { store, backend } = scene()
    store.emit(new Error('lost'))

    expect(await backend.get('k')).toBeUndefined()
  })

  it.each(calls.filter(([name]) => name === 'set' || name === 'delete'))(
    'shows no old value after a %s that failed',
    async (_name, call) => {
      const { backend, store, entry } = scene()
      await backend.set('k', entry('old'))
      store.mode = 'throw'
      await expect(call(backend, entry('new'))).rejects.toThrow()
      store.changes.length = 0
      store.mode = 'work'

      expect(await backend.get('k')).toBeUndefined()
      expect(store.changes).toEqual(['delete keyv:k'])
      await backend.set('k', entry('newer'))
      expect((await backend.get('k'))?.value).toBe('newer')
    },
  )

  it('cannot be read as long as what failed cannot be deleted', async () => {
    const { backend, store, entry } = scene()
    await backend.set('k', entry('old'))
    store.mode = 'throw'
    await expect(backend.delete('k')).rejects.toThrow()

    const errors: unknown[] = []
    await backend.getMany(['k'], (error) => errors.push(error))
    expect(errors).toMatchObject([{ code: 'ERR_CONNECTION' }])
    await expect(backend.get('k')).rejects.toThrow()
  })
})

describe('a Keyv store that hangs', () => {
  it.each(calls)('is waited for no longer than `timeoutMs` by %s', async (_name, call) => {
    const { backend, store, clock, entry } = scene({ timeoutMs: 250 })
    store.mode = 'hang'
    const calling = call(backend, entry(1))
    const outcome = calling.catch((error: unknown) => error)
    await setImmediate()
    clock.advance(0.249)
    expect(await Promise.race([outcome, setImmediate('waits')])).toBe('waits')
    clock.advance(0.001)

    expect(await outcome).toMatchObject({ code: 'ERR_TIMEOUT', applied: 'unknown' })
  })

  it('is asked by one at a time, and the others are told at once', async () => {
    const { backend, store, clock } = scene()
    await hang(backend, store, clock)
    const probe = backend.get('a').catch((error: unknown) => error)
    await setImmediate()

    await expect(backend.get('b')).rejects.toMatchObject({ code: 'ERR_TIMEOUT', applied: 'no' })
    await expect(backend.set('c', { ...ENTRY })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(store.hanging).toBe(2)
    clock.advance(1)
    expect(await probe).toMatchObject({ code: 'ERR_TIMEOUT' })
    void backend.get('d').catch(() => {})
    await setImmediate()
    expect(store.hanging).toBe(3)
  })

  it('is used again by all once it answers', async () => {
    const { backend, store, clock, entry } = scene()
    await backend.set('k', entry('v'))
    await hang(backend, store, clock)
    store.recover()
    await setImmediate()

    const values = await Promise.all([backend.get('k'), backend.get('k')])
    expect(values.map((found) => found?.value)).toEqual(['v', 'v'])
  })

  it('does not bring back what it stores too late', async () => {
    const { backend, store, clock, entry } = scene()
    store.mode = 'hang'
    const setting = backend.set('k', entry('late')).catch((error: unknown) => error)
    await setImmediate()
    clock.advance(1)
    expect(await setting).toMatchObject({ code: 'ERR_TIMEOUT' })
    store.mode = 'work'
    expect(await backend.get('other')).toBeUndefined()

    await expect(backend.get('k')).rejects.toThrow('owes the answer to an earlier change')
    await expect(backend.delete('k')).rejects.toMatchObject({ code: 'ERR_TIMEOUT', applied: 'no' })
    store.recover()
    await setImmediate()
    expect(store.entries.has('keyv:k')).toBe(true)
    expect(await backend.get('k')).toBeUndefined()
    expect(store.entries.has('keyv:k')).toBe(false)
  })

  it('makes nobody wait for a turn for longer', async () => {
    const { backend, store, clock, entry } = scene()
    store.mode = 'hang'
    const first = backend.set('k', entry(1)).catch((error: unknown) => error)
    await setImmediate()
    clock.advance(0.5)
    const second = backend.set('k', entry(2)).catch((error: unknown) => error)
    await setImmediate()
    clock.advance(0.5)

    expect(await first).toMatchObject({ code: 'ERR_TIMEOUT', applied: 'unknown' })
    // Its turn has come, but who knows what the first is going to do.
    expect(await second).toMatchObject({ code: 'ERR_TIMEOUT', applied: 'no' })
    expect(store.changes).toEqual(['set keyv:k'])
  })

  it('is left behind when the backend is closed', async () => {
    const { clock } = scene()
    const keyv = new Keyv()
    keyv.disconnect = () => new Promise(() => {})
    const backend = new KeyvBackend(keyv, { clock })
    const closing = backend[Symbol.asyncDispose]()
    await setImmediate()
    clock.advance(1)

    await expect(closing).resolves.toBeUndefined()
  })
})

const ENTRY: Entry = { value: 1, createdAtMs: 0, ttl: Infinity, staleFor: 0 }

/** Makes it known that the store hangs. */
async function hang(backend: Backend, store: FaultyStore, clock: FakeClock): Promise<void> {
  store.mode = 'hang'
  const reading = backend.get('k').catch(() => {})
  await setImmediate()
  clock.advance(1)
  await reading
}

function scene(options: { readonly timeoutMs?: number } = {}) {
  const clock = new FakeClock()
  const store = new FaultyStore()
  // Its types want a store with everything that any of them has.
  const keyv = new Keyv({ store: store as never })
  return {
    clock,
    store,
    backend: new KeyvBackend(keyv, { clock, ...options }),
    entry: (value: Storable): Entry => ({ ...ENTRY, value, createdAtMs: clock.now(), ttl: 60 }),
  }
}
