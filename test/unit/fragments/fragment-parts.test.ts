import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import type { FragmentContext } from '../../../src/channels.ts'
import { fragment, fragmentEach, fragmentKey } from '../../../src/fragments/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

let clock: FakeClock
let caches: Caches

beforeEach(() => {
  clock = new FakeClock()
  caches = createCaches({ default: 'memory://' }, { clock })
})
afterEach(() => caches.close())

describe('an uncached part of a fragment', () => {
  it('is rendered each time, with the values that it had where it stood', async () => {
    let calls = 0
    let bodies = 0
    const holes = {
      count: ({ row }: Readonly<Record<string, unknown>>) => {
        calls += 1
        return `${row}:${calls}`
      },
    }
    const page = () =>
      fragment(caches, 'x', { ttl: 60, holes }, (body) => {
        bodies += 1
        return `<${body.hole('count', { row: 7 })}>`
      })

    expect(await page()).toBe('<7:1>')
    expect(await page()).toBe('<7:2>')
    expect(bodies).toBe(1)
  })

  it('may be asynchronous, and keeps its place', async () => {
    const holes = {
      late: async () => {
        await setImmediate()
        return 'late'
      },
      now: () => 'now',
    }
    const text = await fragment(
      caches,
      'x',
      { holes },
      (body) => `${body.hole('late')},${body.hole('now')}`,
    )
    expect(text).toBe('late,now')
  })

  it('of an inner fragment is rendered by the outer one, once, on a miss and on a hit', async () => {
    let tokens = 0
    const holes = {
      token: () => {
        tokens += 1
        return `t${tokens}`
      },
    }
    const page = () =>
      fragment(
        caches,
        'outer',
        { holes },
        async () => `[${await fragment(caches, 'inner', { holes }, (body) => body.hole('token'))}]`,
      )

    expect(await page()).toBe('[t1]')
    expect(await page()).toBe('[t2]')
  })

  it('that the fragment does not name is refused, and nothing is kept', async () => {
    const page = fragment(caches, 'x', { holes: {} }, (body) => body.hole('token'))

    await expect(page).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringContaining('"token"'),
    })
    expect(await caches.default.get(fragmentKey('x'))).toBeUndefined()
  })

  it('that an object only inherits is not named', async () => {
    const page = fragment(caches, 'x', { holes: {} }, (body) => body.hole('toString'))
    await expect(page).rejects.toMatchObject({ code: 'ERR_TEMPLATE' })
  })

  it('that is stored and no longer there makes what is stored a miss', async () => {
    const old = { holes: { token: () => 't' } }
    await fragment(caches, 'x', old, (body) => `old ${body.hole('token')}`)

    expect(await fragment(caches, 'x', {}, () => 'new')).toBe('new')
    expect(await fragment(caches, 'x', {}, () => 'newer')).toBe('new')
  })
})

describe('fragmentEach', () => {
  const ids = [1, 2, 3]
  const rows = (ran: number[], items: Iterable<number> = ids) =>
    fragmentEach(
      caches,
      'row',
      items,
      (id) => ({ ttl: 60, varyOn: [id] }),
      (id, _body, index) => {
        ran.push(id)
        return `${index}:${id}`
      },
    )

  it('gives a text for each item, in their order, and renders what is missing', async () => {
    const ran: number[] = []
    expect(await rows(ran)).toEqual(['0:1', '1:2', '2:3'])
    expect(ran).toEqual([1, 2, 3])
    ran.length = 0
    await caches.default.delete(fragmentKey('row', [2]))

    expect(await rows(ran, new Set(ids))).toEqual(['0:1', '1:2', '2:3'])
    expect(ran).toEqual([2])
  })

  it('gives nothing for no items', async () => {
    expect(await rows([], [])).toEqual([])
  })

  it('fills the uncached parts of each item', async () => {
    const texts = await fragmentEach(
      caches,
      'row',
      ids,
      (id, index) => ({ varyOn: [id], holes: { index: () => `at ${index}` } }),
      (id, body) => `${id} ${body.hole('index')}`,
    )
    expect(texts).toEqual(['1 at 0', '2 at 1', '3 at 2'])
  })

  it('rejects as the first that fails, once all have come to an end', async () => {
    const ended: number[] = []
    const texts = fragmentEach(
      caches,
      'row',
      ids,
      (id) => ({ varyOn: [id] }),
      async (id) => {
        if (id === 1) throw new Error('no row')
        await setImmediate()
        ended.push(id)
        return 'row'
      },
    )
    await expect(texts).rejects.toThrow('no row')
    expect(ended).toEqual([2, 3])
    expect(await caches.default.has(fragmentKey('row', [1]))).toBe(false)
    expect(await caches.default.has(fragmentKey('row', [3]))).toBe(true)
  })
})

it('tells of a refresh in the background, and of how long it took, in a message of its own', async () => {
  const published: FragmentContext[] = []
  const note = (context: unknown) => published.push({ ...(context as FragmentContext) })
  const options = { ttl: 10, staleWhileRevalidate: 60 }
  await fragment(caches, 'x', options, () => 'old')
  clock.advance(11)
  subscribe('tracing:reprise:fragment:asyncEnd', note)

  const text = await fragment(caches, 'x', options, () => {
    clock.advance(2)
    return 'new'
  })
  while (published.length < 2) await setImmediate()

  unsubscribe('tracing:reprise:fragment:asyncEnd', note)
  expect(text).toBe('old')
  expect(published).toEqual([
    { alias: 'default', name: 'x', result: 'stale' },
    { alias: 'default', name: 'x', result: 'stored', renderMs: 2000 },
  ])
})
