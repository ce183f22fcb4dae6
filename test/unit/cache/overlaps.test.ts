import { expect, it } from 'vitest'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

/** Holds its writes, renewals and releases back until told to go on. */
class Held extends MemoryBackend {
  goOn = (): void => {}
  readonly #gate = new Promise<void>((resolve) => {
    this.goOn = resolve
  })

  override async setMany(...args: Parameters<MemoryBackend['setMany']>) {
    await this.#gate
    return super.setMany(...args)
  }

  override async release(...args: Parameters<MemoryBackend['release']>) {
    await this.#gate
    return super.release(...args)
  }

  override async renew(...args: Parameters<MemoryBackend['renew']>) {
    await this.#gate
    return super.renew(...args)
  }
}

it('joins no computation that began before a setMany had ended', async () => {
  const backend = new Held()
  const cache = new Cache(backend)
  let finish = (): void => {}
  const writing = cache.setMany({ k: 'new' })
  const early = cache.getOrSet('k', async () => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return 'old'
  })
  backend.goOn()
  await writing
  const late = cache.getOrSet('k', () => 'computed')
  finish()

  expect(await early).toBe('old')
  expect(await late).toBe('new')
})

it('stores what is filled in during a renewal as it was when it was handed over', async () => {
  const clock = new FakeClock()
  const backend = new Held({ clock })
  const cache = new Cache(backend, { clock })
  const won = await cache.lookup('k')
  const value = { list: [1] }
  clock.advance(5)
  await Promise.resolve()
  const filling = won.state === 'won' && won.lease.fill(value)
  await Promise.resolve()
  value.list.push(2)
  backend.goOn()

  expect(await filling).toBe(true)
  expect(await cache.get('k')).toEqual({ list: [1] })
})

it('is closed for all who close it at the same time', async () => {
  const backend = new Held()
  const cache = new Cache(backend)
  await cache.lookup('k')
  const first = cache.close()
  let isClosed = false
  const second = cache.close().then(() => {
    isClosed = true
  })
  await new Promise((resolve) => setImmediate(resolve))

  expect(isClosed).toBe(false)
  backend.goOn()
  await Promise.all([first, second])
})
