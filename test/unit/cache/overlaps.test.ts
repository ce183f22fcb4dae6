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

it('joins no computation whose lease another process has cancelled', async () => {
  const clock = new FakeClock()
  const backend = new MemoryBackend({ clock })
  const [cache, other] = [1, 2].map(() => new Cache(backend, { clock, sharesBackend: true }))
  const gates: (() => void)[] = []
  const slowly = (value: string) => async () => {
    await new Promise<void>((resolve) => gates.push(resolve))
    return value
  }
  const first = cache?.getOrSet('k', slowly('before the delete'))
  await turn()
  await other?.delete('k')
  const second = other?.getOrSet('k', slowly('after it'))
  await turn()
  // Busy, and it is not this process's own computation that keeps it so.
  const third = cache?.getOrSet('k', slowly('not run'), { staleIfError: 60 })
  await turn()
  for (const open of gates) open()
  await turn()
  clock.advance(1)

  expect(await first).toBe('before the delete')
  expect(await second).toBe('after it')
  expect(await third).toBe('after it')
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
