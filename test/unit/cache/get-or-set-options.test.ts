import { describe, expect, it } from 'vitest'
import { COMPUTE_DEFAULTS } from '../../../src/cache/get-or-set-options.ts'
import { isSamePolicy, resolvePolicy } from '../../../src/cache/policy.ts'
import { resolveSettings } from '../../../src/cache/settings.ts'
import { Cache, MemoryBackend } from '../../../src/index.ts'

const settings = resolveSettings({})

describe('the options of getOrSet', () => {
  it('have their holes filled, also those that are spelled out', () => {
    const policy = resolvePolicy(settings, 'getOrSet', { ttl: undefined, jitter: undefined })

    expect(policy).toEqual({
      ttl: 300,
      tags: [],
      staleWhileRevalidate: 0,
      staleIfError: 0,
      errorBackoff: 10,
      waitMs: 3000,
      leaseFor: 10,
      softTimeoutMs: Infinity,
      hardTimeoutMs: Infinity,
      refreshAhead: undefined,
      jitter: 0,
      negativeTtl: undefined,
      isForced: false,
      schema: undefined,
      signal: undefined,
    })
    expect(policy).toMatchObject({ errorBackoff: COMPUTE_DEFAULTS.errorBackoff, jitter: 0 })
  })

  it('read durations, and take a timer that cannot be for none', () => {
    const options = { errorBackoff: '1m', negativeTtl: '5s', hardTimeoutMs: 2 ** 31 } as const

    expect(resolvePolicy(settings, 'getOrSet', options)).toMatchObject({
      errorBackoff: 60,
      negativeTtl: 5,
      hardTimeoutMs: Infinity,
    })
  })

  const refused: [option: string, value: unknown, allowed: string][] = [
    ['ttl', 'soon', 'seconds, Infinity, or a string'],
    ['tags', 'one', 'a list of at most 100 names'],
    ['staleWhileRevalidate', 'x', 'seconds, Infinity, or a string'],
    ['staleWhileRevalidate', -5, 'a duration of 0 or more'],
    ['staleIfError', {}, 'seconds, Infinity, or a string'],
    ['errorBackoff', Infinity, 'a finite duration of 0 or more'],
    ['errorBackoff', -1, 'a finite duration of 0 or more'],
    ['waitMs', -1, 'milliseconds, 0 or more'],
    ['leaseFor', 0, 'whole seconds from 1 to 86400'],
    ['softTimeoutMs', -1, 'milliseconds, 0 or more'],
    ['softTimeoutMs', '100ms', 'milliseconds, 0 or more'],
    ['hardTimeoutMs', 0, 'milliseconds above 0'],
    ['hardTimeoutMs', Number.NaN, 'milliseconds above 0'],
    ['refreshAhead', 0, 'a number above 0 and below 1'],
    ['refreshAhead', 1, 'a number above 0 and below 1'],
    ['jitter', 1, 'a number from 0 to below 1'],
    ['jitter', -0.1, 'a number from 0 to below 1'],
    ['negativeTtl', 'never', 'seconds, Infinity, or a string'],
    ['forceFresh', 1, 'true or false'],
    ['schema', {}, 'a Standard Schema'],
    ['signal', {}, 'an AbortSignal'],
    ['signal', null, 'an AbortSignal'],
  ]

  it.each(refused)('refuse %s: %j, before anything is read', async (option, value, allowed) => {
    const cache = new Cache(new MemoryBackend())
    let computed = 0
    const options = { [option]: value }
    const expected = {
      code: 'ERR_OPTION_INVALID',
      message: expect.stringContaining(`\`${option}\` is `),
    }
    await cache.set('k', 'cached')

    const one = cache.getOrSet('k', () => ++computed, options)
    const many = cache.getOrSetMany(['k'], () => ({ k: ++computed }), options)
    await expect(one).rejects.toMatchObject(expected)
    await expect(one).rejects.toThrow(allowed)
    await expect(many).rejects.toMatchObject(expected)
    expect(computed).toBe(0)
  })

  it('refuse what nobody reads', async () => {
    const cache = new Cache(new MemoryBackend())

    await expect(cache.getOrSet('k', () => 1, { tll: 1 } as never)).rejects.toThrow(
      'no option "tll" in the options of `getOrSet`',
    )
    await expect(cache.getOrSetMany(['k'], () => ({}), { default: 1 } as never)).rejects.toThrow(
      'no option "default" in the options of `getOrSetMany`',
    )
    await expect(cache.getOrSetMany(['k'], 'load' as never)).rejects.toThrow(
      '`computeMissing` is "load": it must be a function.',
    )
  })
})

describe('isSamePolicy', () => {
  it.each([
    { staleWhileRevalidate: 1 },
    { staleIfError: 1 },
    { waitMs: 1 },
    { softTimeoutMs: 1 },
    { hardTimeoutMs: 1 },
    { forceFresh: true },
  ])('keeps callers apart who wait for something else: %j', (options) => {
    const [plain, other] = [{}, options].map((each) => resolvePolicy(settings, 'getOrSet', each))

    expect(plain && other && isSamePolicy(plain, other)).toBe(false)
  })

  it('joins callers who only keep the result in another way', () => {
    const options = { ttl: 1, jitter: 0.5, negativeTtl: 1, errorBackoff: 1, refreshAhead: 0.5 }
    const [plain, other] = [{}, options].map((each) => resolvePolicy(settings, 'getOrSet', each))

    expect(plain && other && isSamePolicy(plain, other)).toBe(true)
  })
})
