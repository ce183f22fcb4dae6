import { describe, expect, it } from 'vitest'
import { MemoryBackend } from '../../../src/backends/memory.ts'
import { Cache } from '../../../src/cache/cache.ts'
import { CACHE_DEFAULTS, resolveSettings } from '../../../src/cache/settings.ts'

describe('resolveSettings', () => {
  it('fills the holes, also those that are spelled out', () => {
    const { keyFunction, ...settings } = resolveSettings({
      ttl: undefined as never,
      version: undefined as never,
    })

    expect(settings).toEqual({
      ttl: 300,
      keyPrefix: '',
      version: 1,
      onFailure: 'miss',
      waitMs: 3000,
      leaseFor: 10,
    })
    expect(settings).toEqual(CACHE_DEFAULTS)
    expect(keyFunction('answer', 'shop', 3)).toBe('shop:3:answer')
    expect(keyFunction('answer', '', 1)).toBe(':1:answer')
  })

  it('reads durations', () => {
    expect(resolveSettings({ ttl: '15m' }).ttl).toBe(900)
    expect(resolveSettings({ ttl: Infinity }).ttl).toBe(Infinity)
    expect(resolveSettings({ ttl: 0 }).ttl).toBe(0)
  })

  it.each([
    ['ttl', 'soon', 'seconds, Infinity, or a string'],
    ['ttl', Number.NaN, 'seconds, Infinity, or a string'],
    ['keyPrefix', 'a:b', "at most 100 characters from '!' to '~', without ':'"],
    ['keyPrefix', 'a b', "at most 100 characters from '!' to '~', without ':'"],
    ['keyPrefix', 'ж', "at most 100 characters from '!' to '~', without ':'"],
    ['keyPrefix', 'x'.repeat(101), "at most 100 characters from '!' to '~', without ':'"],
    ['keyPrefix', 'reprise#lease', 'not starting with `reprise#`'],
    ['version', '1:2', 'a whole number'],
    ['version', '', 'a whole number'],
    ['version', 1.5, 'a whole number'],
    ['keyFunction', 'f', 'a function'],
    ['onFailure', 'ignore', "'miss' or 'throw'"],
    ['waitMs', -1, 'milliseconds, 0 or more'],
    ['leaseFor', 0.5, 'whole seconds from 1 to 86400'],
    ['leaseFor', 0, 'whole seconds from 1 to 86400'],
  ])('refuses %s: %j', (option, value, allowed) => {
    expect(() => resolveSettings({ [option]: value })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(allowed),
      }),
    )
  })
})

describe('a Cache made by hand', () => {
  it('refuses options that nobody reads, and what is no backend', () => {
    expect(() => new Cache(new MemoryBackend(), { tll: 4 } as never)).toThrow(/no option.*tll/)
    expect(() => new Cache(undefined as never)).toThrow('`backend` is undefined')
    expect(() => new Cache('memory' as never)).toThrow('`backend` is "memory"')
  })
})
