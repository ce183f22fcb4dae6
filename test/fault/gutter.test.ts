import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { MemcachedClient } from '../../src/client/index.ts'
import { FaultProxy, seededRandom } from '../../src/testing/index.ts'
import { startMemcached } from '../support/memcached.ts'
import { harmNetwork } from '../support/network-harm.ts'

const SECONDS = Number(process.env.GUTTER_SECONDS ?? 4)
const SEED = Number(process.env.GUTTER_SEED ?? 1)
const KEYS = 12
const TIMEOUT_MS = 60

it.each([1, 3])(
  `shows a process nothing older than its own last write, whatever fails, over %i connections (seed ${SEED})`,
  async (connections) => {
    const servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()])
    const proxies = await Promise.all(
      servers.map(({ port }) => FaultProxy.start({ target: { port }, seed: SEED })),
    )
    const [a, b, spare] = proxies.map(({ port }) => `127.0.0.1:${port}`) as [string, string, string]
    const client = new MemcachedClient({
      servers: [a, b],
      gutter: { servers: spare },
      timeoutMs: TIMEOUT_MS,
      connectTimeoutMs: 100,
      connections,
    })
    const endAt = performance.now() + SECONDS * 1000
    const isOver = (): boolean => performance.now() > endAt
    const seen = { hits: 0, misses: 0, hidden: 0 }
    const wrong: string[] = []

    // Each key has one writer, which waits for each of its calls: what it reads is known.
    const work = async (index: number): Promise<void> => {
      const dice = seededRandom(SEED * 1000 + index)
      const key = `key${index}`
      let written: string | undefined
      const check = (what: string, value: string | undefined): void => {
        if (value === undefined) seen.misses++
        else if (value === written) seen.hits++
        else wrong.push(`${what} ${key}: ${value}, not ${written}`)
      }
      for (let i = 0; !isOver(); i++) {
        const turn = dice()
        if (turn < 0.25) {
          written = `${i}`
          if (!(await client.set(key, written))) seen.hidden++
        } else if (turn < 0.3) {
          written = `${i}`
          await client.setMany([[key, written]])
        } else if (turn < 0.4) {
          written = undefined
          await client.delete(key)
        } else if (turn < 0.45) {
          const read = await client.getOrLease(key)
          if (read.state === 'hit') check('getOrLease', read.value.toString())
          if (read.state !== 'won') continue
          // Refused or failed, it may have replaced the placeholder or not.
          if (await read.lease.fill(`${i}`)) written = `${i}`
          else await client.delete(key)
        } else if (turn < 0.6) {
          const found = (await client.getMany([key, 'other'])).get(key)?.value
          if (found?.length !== 0) check('getMany', found?.toString())
        } else {
          const found = (await client.get(key))?.value
          // The placeholder of a lease that was lost with its answer.
          if (found?.length !== 0) check('get', found?.toString())
        }
        if (dice() < 0.3) await sleep(dice() * 20)
      }
    }
    const harm = { proxies, random: seededRandom(SEED), longestMs: 300, pauseMs: 150, isOver }
    const [faults] = await Promise.all([
      harmNetwork(harm),
      ...Array.from({ length: KEYS }, (_, i) => work(i)),
    ])

    await client.close()
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await Promise.all(servers.map((server) => server.kill()))
    expect(wrong).toEqual([])
    expect(seen.hits).toBeGreaterThan(100)
    expect(faults.size).toBeGreaterThan(3)
  },
  (SECONDS + 20) * 1000,
)
