import { describe, expect, it } from 'vitest'
import { MemoryBackend } from '../../../src/backends/memory.ts'
import { NullBackend } from '../../../src/backends/null.ts'
import { TieredBackend } from '../../../src/backends/tiered.ts'
import { tieredScene } from '../../support/tiered-scene.ts'

describe('what a TieredBackend keeps near', () => {
  it('is a copy, and handed out as one', async () => {
    const { tiered, entry } = tieredScene({ trustFor: 60 })
    await tiered.set('k', entry({ list: [1], at: new Date(0) }))
    const first = (await tiered.get('k'))?.value as { list: number[] }
    first.list.push(2)
    const second = (await tiered.get('k'))?.value as { list: number[] }
    second.list.push(3)

    expect((await tiered.get('k'))?.value).toEqual({ list: [1], at: new Date(0) })
  })

  it('is handed out itself, frozen, where it shares', async () => {
    const { tiered, entry } = tieredScene({ trustFor: 60, share: true })
    await tiered.set('k', entry({ list: [1] }))
    await tiered.get('k')
    const [first, second] = [await tiered.get('k'), await tiered.get('k')]

    expect(first?.value).toBe(second?.value)
    const value = first?.value as { list: number[] } | undefined
    expect(() => value?.list.push(2)).toThrow(TypeError)
  })

  it('is bounded by bytes and by entries', async () => {
    const { tiered, entry } = tieredScene({ maxBytes: '10kb' })
    for (let i = 0; i < 10; i++) await tiered.set(`k${i}`, entry('x'.repeat(2000)))
    for (let i = 0; i < 10; i++) await tiered.get(`k${i}`)
    // 2000 bytes, 16 of a string, 4 of the key and 200 of the entry: 4 of them fit.
    expect(tiered.usage()).toEqual({ entries: 4, bytes: 8880, maxBytes: 10_240, evictions: 6 })

    const few = tieredScene({ maxEntries: 2, trustFor: 60 })
    for (const key of ['a', 'b', 'c']) await few.tiered.set(key, entry(1))
    for (const key of ['a', 'b', 'c']) await few.tiered.get(key)
    expect(few.tiered.usage()).toMatchObject({ entries: 2, evictions: 1 })
  })

  it('is never larger than all of it', async () => {
    const { tiered, entry, callsOf } = tieredScene({ maxBytes: 5000 })
    await tiered.set('k', entry('x'.repeat(6000)))
    await tiered.get('k')

    expect(await callsOf(() => tiered.get('k'))).toEqual(['get'])
    expect(tiered.usage().bytes).toBe(0)
  })
})

describe('new TieredBackend', () => {
  it('is refused over what cannot tell whether a copy is current, unless it trusts', () => {
    const message =
      '`trustFor` is 0: it must be above 0 over the backend "null", which cannot tell whether a near copy is current.'
    expect(() => new TieredBackend(new NullBackend())).toThrow(message)
    expect(new TieredBackend(new NullBackend(), { trustFor: 1 }).name).toBe('tiered')
  })

  it.each<[string, unknown]>([
    ['trustFor', -1],
    ['trustFor', Infinity],
    ['trustFor', '5 seconds'],
    ['minBytes', 0],
    ['maxBytes', 'much'],
    ['maxEntries', 0],
    ['share', 1],
    ['trust', 5],
  ])('refuses %s: %j', (option, value) => {
    expect(() => new TieredBackend(new MemoryBackend(), { [option]: value })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(option),
      }),
    )
  })

  it('is refused over what is no backend', () => {
    expect(() => new TieredBackend({} as never)).toThrow('`far` is')
  })

  it('closes what it is over', async () => {
    const { tiered, far, entry } = tieredScene()
    await far.set('k', entry(1))
    await tiered[Symbol.asyncDispose]()

    expect(await far.get('k')).toBeUndefined()
  })
})
