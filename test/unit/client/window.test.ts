import { describe, expect, it } from 'vitest'
import { Window } from '../../../src/client/chunks/window.ts'

const LIMITS = { maxCount: 3, maxBytes: 10, maxHeldBytes: 100, maxWaiting: 2 }

describe('Window', () => {
  it('lets so many begin as its bytes allow, and the next when one is done', async () => {
    const jobs = new Jobs()
    const all = new Window(LIMITS).each(4, () => 4, jobs.run, undefined)

    expect(jobs.begun).toEqual([0, 1])
    await jobs.end(1, true)
    expect(jobs.begun).toEqual([0, 1, 2])
    await jobs.end(0, true)
    await jobs.end(2, true)
    await jobs.end(3, true)
    expect(await all).toBe(true)
  })

  it('lets so many begin as its count allows', () => {
    const jobs = new Jobs()
    void new Window(LIMITS).each(5, () => 0, jobs.run, undefined)

    expect(jobs.begun).toEqual([0, 1, 2])
  })

  it('lets what is larger than itself through alone', async () => {
    const jobs = new Jobs()
    void new Window(LIMITS).each(2, () => 50, jobs.run, undefined)

    expect(jobs.begun).toEqual([0])
    await jobs.end(0, true)
    expect(jobs.begun).toEqual([0, 1])
  })

  it('gives those who wait their turn in the order of their coming', async () => {
    const window = new Window(LIMITS)
    const [one, other] = [new Jobs(), new Jobs()]
    void window.each(3, () => 10, one.run, undefined)
    void window.each(1, () => 1, other.run, undefined)

    await one.end(0, true)
    expect([one.begun, other.begun]).toEqual([[0, 1], []])
    await one.end(1, true)
    expect([one.begun, other.begun]).toEqual([[0, 1], [0]])
  })

  it('begins no more once one says no, and waits for those that have begun', async () => {
    const jobs = new Jobs()
    let result: boolean | undefined
    const all = new Window(LIMITS)
      .each(5, () => 5, jobs.run, undefined)
      .then((whole) => {
        result = whole
      })

    await jobs.end(1, false)
    expect([jobs.begun, result]).toEqual([[0, 1], undefined])
    await jobs.end(0, true)
    await all
    expect([jobs.begun, result]).toEqual([[0, 1], false])
  })

  it('rejects with the first failure, once all is settled, and is of use after it', async () => {
    const window = new Window(LIMITS)
    const jobs = new Jobs()
    const all = window.each(2, () => 5, jobs.run, undefined)
    const told = expect(all).rejects.toThrow('first')

    await jobs.fail(1, new Error('first'))
    await jobs.fail(0, new Error('second'))
    await told
    expect(
      await window.each(
        1,
        () => 10,
        async () => true,
        undefined,
      ),
    ).toBe(true)
  })

  it('refuses more who wait than it may hold', async () => {
    const window = new Window(LIMITS)
    const jobs = new Jobs()
    for (let i = 0; i < 3; i++) void window.each(1, () => 10, jobs.run, undefined)

    await expect(window.each(1, () => 10, jobs.run, undefined)).rejects.toMatchObject({
      code: 'ERR_OVERLOADED',
    })
  })

  it('ends the waiting of who is aborted, and lets the next one pass', async () => {
    const window = new Window(LIMITS)
    const [first, next] = [new Jobs(), new Jobs()]
    const controller = new AbortController()
    void window.each(1, () => 6, first.run, undefined)
    const aborted = window.each(1, () => 6, new Jobs().run, controller.signal)
    void window.each(1, () => 4, next.run, undefined)

    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    expect(next.begun).toEqual([0])
  })

  it('holds one value of any size, and others up to its limit', () => {
    const window = new Window(LIMITS)

    window.hold(1000)
    expect(() => window.hold(1)).toThrow(expect.objectContaining({ code: 'ERR_OVERLOADED' }))
    window.release(1000)
    window.hold(60)
    window.hold(40)
    expect(() => window.hold(1)).toThrow(expect.objectContaining({ code: 'ERR_OVERLOADED' }))
  })
})

/** Jobs that end when the test says so. */
class Jobs {
  readonly begun: number[] = []
  readonly #running = new Map<
    number,
    { resolve: (went: boolean) => void; reject: (error: Error) => void }
  >()

  readonly run = (index: number): Promise<boolean> => {
    this.begun.push(index)
    return new Promise((resolve, reject) => this.#running.set(index, { resolve, reject }))
  }

  async end(index: number, went: boolean): Promise<void> {
    this.#running.get(index)?.resolve(went)
    await settled()
  }

  async fail(index: number, error: Error): Promise<void> {
    this.#running.get(index)?.reject(error)
    await settled()
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
