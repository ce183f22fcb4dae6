import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Cache, MemoryBackend } from '../../../src/index.ts'
import { startMemcached } from '../../support/memcached.ts'
import { onEachRig } from '../../support/rigs.ts'

const CHILD = new URL('./stampede-child.mjs', import.meta.url).pathname
const HOT_CHILD = new URL('./hot-key-child.mjs', import.meta.url).pathname

// The children import `reprise`, so `dist` must be there: `npm test` builds it first.
it('computes once for 4 processes with 500 calls each of a cold key', async () => {
  await using server = await startMemcached()
  const url = `memcached://127.0.0.1:${server.port}`
  const children = Array.from({ length: 4 }, () => fork(CHILD, [url, '500', '200']))
  await Promise.all(children.map(message))

  const reports = await Promise.all(children.map(run<Report>))

  expect(reports.map(({ computed }) => computed).sort()).toEqual([0, 0, 0, 1])
  expect(new Set(reports.flatMap(({ from }) => from)).size).toBe(1)
})

it('computes a hot key once per lifetime for 4 processes, and serves nothing overdue', async () => {
  await using server = await startMemcached()
  const url = `memcached://127.0.0.1:${server.port}`
  const children = Array.from({ length: 4 }, () => fork(HOT_CHILD, [url, '1000', '6', '200']))
  await Promise.all(children.map(message))

  const reports = await Promise.all(children.map(run<HotReport>))

  const computed = reports.reduce((sum, report) => sum + report.computed, 0)
  expect(computed).toBeGreaterThanOrEqual(5)
  expect(computed).toBeLessThanOrEqual(7)
  for (const { reads, oldestMs } of reports) {
    expect(reads).toBeGreaterThanOrEqual(5900)
    // The ttl, one computation and 100 ms; what the machine kept a process from running is not ours.
    const latest = Math.max(...reports.map(({ lateMs }) => lateMs))
    expect(oldestMs - latest).toBeLessThanOrEqual(1300)
  }
})

it('computes once for 500 calls of a cold key in memory', async () => {
  const cache = new Cache(new MemoryBackend())
  let computed = 0
  const compute = async () => {
    computed++
    await sleep(200)
    return { n: computed }
  }
  const values = await Promise.all(
    Array.from({ length: 500 }, () => cache.getOrSet('cold', compute)),
  )

  expect(computed).toBe(1)
  expect(values.every(({ n }) => n === 1)).toBe(true)
  expect(new Set(values).size).toBe(500)
})

onEachRig(({ it }) => {
  it('calls a failing computation once for 500 callers', async ({ open }) => {
    const cache = open()
    let computed = 0
    let failedAt = 0
    const failing = async (): Promise<string> => {
      computed++
      await sleep(20)
      failedAt = performance.now()
      throw new Error('database is down')
    }
    const results = await Promise.allSettled(
      Array.from({ length: 500 }, () => cache.getOrSet('cold', failing)),
    )

    expect(performance.now() - failedAt).toBeLessThan(50)
    expect(computed).toBe(1)
    for (const result of results) {
      expect(result).toMatchObject({ reason: { message: 'database is down' } })
    }
    expect(await cache.getOrSet('cold', () => 'recovered')).toBe('recovered')
  })
})

interface Report {
  readonly computed: number
  readonly from: number[]
}

interface HotReport {
  readonly computed: number
  readonly reads: number
  readonly oldestMs: number
  readonly lateMs: number
}

async function run<T>(child: ChildProcess): Promise<T> {
  const reporting = message(child)
  child.send('go')
  return (await reporting) as T
}

/** The next message of a child; fails if it ends without one. */
async function message(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process ended with ${code} and without a message`)
  })
  const [told] = await Promise.race([once(child, 'message'), ended])
  return told
}
