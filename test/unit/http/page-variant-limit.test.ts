import { describe, expect, it } from 'vitest'
import { Variants } from '../../../src/http/variants.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { memoryPages, visit } from './visit.ts'

const LANGUAGE = { headers: ['Vary', 'Accept-Language'] }

describe('maxVariants', () => {
  const site = (maxVariants: number) => {
    const { pages, get, clock } = memoryPages({ maxVariants })
    const ask = (language: string, target = '/') =>
      visit(pages, get(target, { 'accept-language': language }), { ...LANGUAGE, body: language })
    return { ask, clock, pages, get }
  }

  it('bounds how many variants of one address are stored', async () => {
    const { ask } = site(2)
    for (const language of ['de', 'fr', 'it', 'es']) await ask(language)

    expect((await ask('de')).isHit).toBe(true)
    expect((await ask('fr')).isHit).toBe(true)
    const third = await ask('it')
    expect([third.isHit, third.text, third.header('cache-status')]).toEqual([
      false,
      'it',
      'reprise; fwd=vary-miss; detail=variants',
    ])
  })

  it('counts each address for itself', async () => {
    const { ask } = site(1)
    await ask('de', '/a')
    await ask('fr', '/b')

    expect([(await ask('de', '/a')).isHit, (await ask('fr', '/b')).isHit]).toEqual([true, true])
  })

  it('makes room when a variant is over', async () => {
    const { ask, clock } = site(1)
    await ask('de')
    clock.advance(601)
    await ask('fr')

    expect((await ask('fr')).isHit).toBe(true)
  })

  it('makes room when the page is purged', async () => {
    const { ask, pages } = site(1)
    await ask('de')
    await pages.purge('https://site.example/')
    await ask('fr')

    expect((await ask('fr')).isHit).toBe(true)
  })

  it('refreshes a variant that it has counted', async () => {
    const { ask, clock } = site(2)
    for (const language of ['de', 'fr']) await ask(language)
    clock.advance(601)
    await ask('de')

    expect((await ask('de')).isHit).toBe(true)
  })

  it('keeps nobody waiting for what is one too many', async () => {
    const { ask, pages, get } = site(1)
    await ask('de')
    const too = get('/', { 'accept-language': 'fr' })

    const [one, other] = await Promise.all([pages.open(too), pages.open(too)])

    expect([one.kind, other.kind]).toEqual(['render', 'render'])
  })

  it.each([0, 1.5, 10_001, Infinity])('may not be %s', (maxVariants) => {
    expect(() => memoryPages({ maxVariants })).toThrow(/maxVariants/)
  })
})

describe('Variants', () => {
  it('takes no more memory for a flood of addresses', () => {
    const variants = new Variants(new FakeClock())
    const key = 'k'.repeat(50)
    for (let i = 0; i < 200_000; i++) variants.admit(`page::https://a.example/${i}`, key, 1, 60)

    // The oldest are forgotten: about 120 characters each of 4 million.
    expect(variants.isFull('page::https://a.example/0', () => 'other', 1)).toBe(false)
    expect(variants.isFull('page::https://a.example/199999', () => 'other', 1)).toBe(true)
    expect(variants.size).toBeLessThan(40_000)
  })
})
