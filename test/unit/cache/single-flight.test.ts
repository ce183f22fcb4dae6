import { describe, expect, it } from 'vitest'
import { SingleFlight } from '../../../src/cache/single-flight.ts'

const copy = (value: { n: number }): { n: number } => ({ ...value })

describe('SingleFlight', () => {
  it('shares one run among overlapping calls, each with a copy', async () => {
    const flights = new SingleFlight()
    let runs = 0
    const start = async () => ({ n: ++runs })

    const results = await Promise.all([1, 2, 3].map(() => flights.run('m:', 'k', start, copy)))

    expect(results).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }])
    expect(new Set(results).size).toBe(3)
    expect(await flights.run('m:', 'k', start, copy)).toEqual({ n: 2 })
  })

  it('copies before the first caller can change its result', async () => {
    const flights = new SingleFlight()
    const start = async () => ({ n: 1 })
    const first = flights.run('m:', 'k', start, copy).then((value) => {
      value.n = 99
    })
    const second = flights.run('m:', 'k', start, copy)
    await first

    expect(await second).toEqual({ n: 1 })
  })

  it('does not copy for a caller who is alone', async () => {
    const value = { n: 1 }

    expect(await new SingleFlight().run('m:', 'k', async () => value, copy)).toBe(value)
  })

  it('keeps keys and modes apart', async () => {
    const flights = new SingleFlight()
    let runs = 0
    const start = async () => ({ n: ++runs })
    await Promise.all([
      flights.run('m:', 'a', start, copy),
      flights.run('m:', 'b', start, copy),
      flights.run('n:', 'a', start, copy),
    ])

    expect(runs).toBe(3)
  })

  it('rejects all with the one reason and runs anew after that', async () => {
    const flights = new SingleFlight()
    const failing = () => flights.run('m:', 'k', () => Promise.reject(new Error('no')), copy)
    const results = await Promise.allSettled([failing(), failing()])

    expect(results.map((result) => 'reason' in result && result.reason.message)).toEqual([
      'no',
      'no',
    ])
    expect(await flights.run('m:', 'k', async () => ({ n: 1 }), copy)).toEqual({ n: 1 })
  })

  it('lets nobody join a run that was forgotten', async () => {
    const flights = new SingleFlight()
    let runs = 0
    const start = async () => ({ n: ++runs })
    const first = flights.run('m:', 'k', start, copy)
    flights.forget(['m:'], 'k')
    const second = flights.run('m:', 'k', start, copy)
    flights.forgetAll()
    const third = flights.run('m:', 'k', start, copy)

    expect(await Promise.all([first, second, third])).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('goes on sharing a run while a forgotten one ends', async () => {
    const flights = new SingleFlight()
    let finish = (_: { n: number }): void => {}
    const late = new Promise<{ n: number }>((resolve) => {
      finish = resolve
    })
    const first = flights.run('m:', 'k', async () => ({ n: 1 }), copy)
    flights.forget(['m:'], 'k')
    const second = flights.run('m:', 'k', () => late, copy)
    await first
    const third = flights.run('m:', 'k', async () => ({ n: 3 }), copy)
    finish({ n: 2 })

    expect(await Promise.all([second, third])).toEqual([{ n: 2 }, { n: 2 }])
  })
})
