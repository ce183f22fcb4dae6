import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import type { FragmentContext } from '../../../src/channels.ts'
import { fragment, fragmentKey } from '../../../src/fragments/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

let clock: FakeClock
let caches: Caches
let renders: number

const render = () => {
  renders += 1
  return `text ${renders}`
}

beforeEach(() => {
  clock = new FakeClock()
  renders = 0
  caches = createCaches({ default: 'memory://' }, { clock })
})
afterEach(() => caches.close())

describe('fragment', () => {
  it('renders once, and does not render on a hit', async () => {
    expect(await fragment(caches, 'x', { ttl: 60 }, render)).toBe('text 1')
    expect(await fragment(caches, 'x', { ttl: 60 }, render)).toBe('text 1')
    expect(renders).toBe(1)
  })

  it('is under its fragmentKey', async () => {
    await fragment(caches, 'x', { varyOn: ['alice'] }, render)

    expect(await caches.default.get(fragmentKey('x', ['alice']))).toBe('text 1')
  })

  it('renders for each of the values it varies on', async () => {
    expect(await fragment(caches, 'x', { varyOn: [1] }, render)).toBe('text 1')
    expect(await fragment(caches, 'x', { varyOn: [2] }, render)).toBe('text 2')
    expect(await fragment(caches, 'x', { varyOn: [1] }, render)).toBe('text 1')
  })

  it('lives for its ttl, and without one for that of the alias', async () => {
    await fragment(caches, 'x', { ttl: '15m' }, render)
    await fragment(caches, 'y', {}, render)
    clock.advance(300)
    expect(await caches.default.has(fragmentKey('x'))).toBe(true)
    expect(await caches.default.has(fragmentKey('y'))).toBe(false)
    clock.advance(600)
    expect(await caches.default.has(fragmentKey('x'))).toBe(false)
  })

  it.each([null, Number.POSITIVE_INFINITY])('lives for ever with a ttl of %s', async (ttl) => {
    await fragment(caches, 'x', { ttl }, render)
    clock.advance(1e9)
    expect(await fragment(caches, 'x', { ttl }, render)).toBe('text 1')
  })

  it.each([0, -1])('is rendered each time with a ttl of %i', async (ttl) => {
    expect(await fragment(caches, 'x', { ttl }, render)).toBe('text 1')
    expect(await fragment(caches, 'x', { ttl }, render)).toBe('text 2')
  })

  it('keeps an empty text', async () => {
    const nothing = () => {
      renders += 1
      return ''
    }

    expect(await fragment(caches, 'x', {}, nothing)).toBe('')
    expect(await fragment(caches, 'x', {}, nothing)).toBe('')
    expect(renders).toBe(1)
  })

  it('is rendered once for callers that overlap', async () => {
    const texts = await Promise.all([1, 2, 3].map(() => fragment(caches, 'x', {}, render)))

    expect(texts).toEqual(['text 1', 'text 1', 'text 1'])
  })

  it('is served stale while one caller renders it anew', async () => {
    const options = { ttl: 10, staleWhileRevalidate: 60 }
    await fragment(caches, 'x', options, render)
    clock.advance(11)

    expect(await fragment(caches, 'x', options, render)).toBe('text 1')
    await expect.poll(() => fragment(caches, 'x', options, render)).toBe('text 2')
  })

  it('hands on what render throws, and keeps nothing', async () => {
    const fail = () => Promise.reject(new Error('database is down'))

    await expect(fragment(caches, 'x', {}, fail)).rejects.toThrow('database is down')
    expect(await fragment(caches, 'x', {}, render)).toBe('text 1')
  })

  it('refuses what is no text', async () => {
    await expect(fragment(caches, 'x', {}, () => 7 as never)).rejects.toMatchObject({
      code: 'ERR_VALUE_INVALID',
    })
    expect(await caches.default.has(fragmentKey('x'))).toBe(false)
  })

  it('renders over somebody else’s value, which is no text, and leaves it', async () => {
    await caches.default.set(fragmentKey('x'), 7)

    expect(await fragment(caches, 'x', {}, render)).toBe('text 1')
    expect(await caches.default.get(fragmentKey('x'))).toBe(7)
  })

  it('keeps versions apart', async () => {
    expect(await fragment(caches, 'x', { version: 2 }, render)).toBe('text 1')
    expect(await fragment(caches, 'x', {}, render)).toBe('text 2')
    expect(await caches.default.get(fragmentKey('x'), { version: 2 })).toBe('text 1')
  })

  it.each([
    { options: { using: 'nowhere' }, code: 'ERR_ALIAS_UNKNOWN' },
    { options: { varyOn: [{}] }, code: 'ERR_KEY_INVALID' },
    { options: { ttl: 'soon' as '1s' }, code: 'ERR_OPTION_INVALID' },
  ])('rejects with $code before it renders', async ({ options, code }) => {
    await expect(fragment(caches, 'x', options, render)).rejects.toMatchObject({ code })
    expect(renders).toBe(0)
  })

  it('publishes what became of it', async () => {
    const published: FragmentContext[] = []
    const note = (context: unknown) => published.push({ ...(context as FragmentContext) })
    subscribe('tracing:reprise:fragment:asyncEnd', note)

    await fragment(caches, 'x', {}, render)
    await fragment(caches, 'x', {}, render)
    await fragment(caches, 'x', { ttl: 0 }, render)

    unsubscribe('tracing:reprise:fragment:asyncEnd', note)
    expect(published).toMatchObject([
      { alias: 'default', name: 'x', result: 'stored' },
      { alias: 'default', name: 'x', result: 'hit' },
      { alias: 'default', name: 'x', result: 'not-stored' },
    ])
  })
})

describe('the cache of a fragment', () => {
  it('is the alias fragments where there is one, unless using names another', async () => {
    await using two = createCaches({ default: 'memory://', fragments: 'memory://?keyPrefix=f' })

    await fragment(two, 'x', {}, render)
    await fragment(two, 'y', { using: 'default' }, render)

    expect(await two.fragments.get(fragmentKey('x'))).toBe('text 1')
    expect(await two.default.get(fragmentKey('y'))).toBe('text 2')
    expect(await two.default.get(fragmentKey('x'))).toBeUndefined()
  })

  it('may be given itself', async () => {
    await fragment(caches.default, 'x', { using: 'default' }, render)

    expect(await caches.default.get(fragmentKey('x'))).toBe('text 1')
    await expect(fragment(caches.default, 'x', { using: 'other' }, render)).rejects.toMatchObject({
      code: 'ERR_ALIAS_UNKNOWN',
    })
  })
})
