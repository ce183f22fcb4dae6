import { describe, expect, it } from 'vitest'
import { type Passenger, SingleFlight } from '../../../src/cache/single-flight.ts'

interface Value {
  n: number
}

/** What all calls of these tests have in common. */
const ride = (
  start: Passenger<string, Value>['start'],
  { policy = 'p', signal }: { policy?: string; signal?: AbortSignal } = {},
): Passenger<string, Value> => ({ policy, signal, start, copy: (value) => ({ ...value }) })

const open = () => new SingleFlight<string>((one, other) => one === other)

describe('SingleFlight', () => {
  it('shares one run among overlapping calls, each with a copy', async () => {
    const flights = open()
    let runs = 0
    const start = async () => ({ n: ++runs })

    const results = await Promise.all([1, 2, 3].map(() => flights.run('k', ride(start))))

    expect(results).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }])
    expect(new Set(results).size).toBe(3)
    expect(await flights.run('k', ride(start))).toEqual({ n: 2 })
  })

  it('copies before the first caller can change its result', async () => {
    const flights = open()
    const start = async () => ({ n: 1 })
    const first = flights.run('k', ride(start)).then((value) => {
      value.n = 99
    })
    const second = flights.run('k', ride(start))
    await first

    expect(await second).toEqual({ n: 1 })
  })

  it('does not copy for a caller who is alone', async () => {
    const value = { n: 1 }

    expect(
      await open().run(
        'k',
        ride(async () => value),
      ),
    ).toBe(value)
  })

  it('keeps keys and policies apart', async () => {
    const flights = open()
    let runs = 0
    const start = async () => ({ n: ++runs })
    const calls = [
      flights.run('a', ride(start)),
      flights.run('b', ride(start)),
      flights.run('a', ride(start, { policy: 'q' })),
      flights.run('a', ride(start, { policy: 'r' })),
      flights.run('a', ride(start, { policy: 'q' })),
      flights.run('a', ride(start)),
    ]

    expect((await Promise.all(calls)).map(({ n }) => n)).toEqual([1, 2, 3, 4, 3, 1])
  })

  it('goes on sharing one policy while the run of another ends', async () => {
    const flights = open()
    const gates = ['p', 'q', 'r'].map((policy) => ({ policy, ...gate() }))
    const runs: string[] = []
    const run = (policy: string) => {
      const start = async () => {
        runs.push(policy)
        await gates.find((one) => one.policy === policy)?.opened
        return { n: 1 }
      }
      return flights.run('k', ride(start, { policy }))
    }
    const first = ['p', 'q', 'r'].map(run)
    gates[1]?.open()
    await first[1]
    const again = ['p', 'r'].map(run)
    gates[0]?.open()
    gates[2]?.open()
    await Promise.all([...first, ...again])

    expect(runs).toEqual(['p', 'q', 'r'])
  })

  it('rejects all with the one reason and runs anew after that', async () => {
    const flights = open()
    const failing = () =>
      flights.run(
        'k',
        ride(() => Promise.reject(new Error('no'))),
      )
    const results = await Promise.allSettled([failing(), failing()])

    expect(results.map((result) => 'reason' in result && result.reason.message)).toEqual([
      'no',
      'no',
    ])
    expect(
      await flights.run(
        'k',
        ride(async () => ({ n: 1 })),
      ),
    ).toEqual({ n: 1 })
  })

  it('lets nobody join a run that was forgotten', async () => {
    const flights = open()
    let runs = 0
    const start = async () => ({ n: ++runs })
    const first = flights.run('k', ride(start))
    flights.forget('k')
    const second = flights.run('k', ride(start))
    flights.forgetAll()
    const third = flights.run('k', ride(start))

    expect(await Promise.all([first, second, third])).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('goes on sharing a run while a forgotten one ends', async () => {
    const flights = open()
    const { opened, open: finish } = gate()
    const first = flights.run(
      'k',
      ride(async () => ({ n: 1 })),
    )
    flights.forget('k')
    const late = ride(async () => {
      await opened
      return { n: 2 }
    })
    const second = flights.run('k', late)
    await first
    const third = flights.run(
      'k',
      ride(async () => ({ n: 3 })),
    )
    finish()

    expect(await Promise.all([second, third])).toEqual([{ n: 2 }, { n: 2 }])
  })

  it('lets one caller leave and the others wait on', async () => {
    const flights = open()
    const { opened, open: finish } = gate()
    const [leaver, stayer] = [new AbortController(), new AbortController()]
    let leaving: AbortSignal | undefined
    const start = async (signal: AbortSignal | undefined) => {
      leaving = signal
      await opened
      return { n: 1 }
    }
    const first = flights.run('k', ride(start, { signal: leaver.signal }))
    const second = flights.run('k', ride(start, { signal: stayer.signal }))
    leaver.abort(new Error('enough'))

    await expect(first).rejects.toThrow('enough')
    expect(leaving?.aborted).toBe(false)
    finish()
    expect(await second).toEqual({ n: 1 })
  })

  it('tells the run when the last one has left, and starts anew for who comes then', async () => {
    const flights = open()
    const controllers = [new AbortController(), new AbortController()]
    const signals: (AbortSignal | undefined)[] = []
    const start = (leaving: AbortSignal | undefined): Promise<Value> => {
      signals.push(leaving)
      return new Promise(() => {})
    }
    const runs = controllers.map(({ signal }) => flights.run('k', ride(start, { signal })))
    for (const [i, controller] of controllers.entries()) controller.abort(`left ${i}`)
    const next = flights.run(
      'k',
      ride(async () => ({ n: 2 })),
    )

    expect(await Promise.allSettled(runs)).toMatchObject([
      { reason: 'left 0' },
      { reason: 'left 1' },
    ])
    expect(signals.map((signal) => signal?.reason)).toEqual(['left 1'])
    expect(await next).toEqual({ n: 2 })
  })
})

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}
