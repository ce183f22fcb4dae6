import { describe, expect, it } from 'vitest'
import { MemcachedClient, type MemcachedOptions } from '../../../src/client/index.ts'
import { resolveMemcachedOptions } from '../../../src/client/options.ts'
import { wireTtl } from '../../../src/client/ttl.ts'
import { FakeClock } from '../../../src/testing/index.ts'

describe('resolveMemcachedOptions', () => {
  it('fills holes, an explicit undefined among them', () => {
    const options = { servers: 'a', timeoutMs: undefined } as unknown as MemcachedOptions

    expect(resolveMemcachedOptions(options)).toMatchObject({
      ttl: 300,
      connectTimeoutMs: 1000,
      timeoutMs: 500,
      maxPending: 10_000,
      maxPendingBytes: 67_108_864,
      maxValueBytes: 1_048_576,
      maxReplays: 10_000,
    })
  })

  it.each([
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: 0.5 }, 'timeoutMs'],
    [{ connectTimeoutMs: Infinity }, 'connectTimeoutMs'],
    [{ maxPending: -1 }, 'maxPending'],
    [{ maxValueBytes: 2 ** 31 }, 'maxValueBytes'],
    [{ maxReplays: Number.NaN }, 'maxReplays'],
    [{ ttl: 0 }, 'ttl'],
    [{ ttl: '1' as unknown as number }, 'ttl'],
    [{ servers: [] }, 'servers'],
  ])('refuses %j', (options, name) => {
    expect(() => new MemcachedClient({ servers: 'a', ...options })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(`\`${name}\``),
      }),
    )
  })
})

describe('wireTtl', () => {
  const clock = new FakeClock(1_700_000_000_500)

  it.each([
    [Infinity, 0],
    [0, -1],
    [-5, -1],
    [0.001, 1],
    [1, 1],
    [59.2, 60],
    [2_592_000, 2_592_000],
    [2_592_000.5, 1_702_592_002],
    [2_592_001, 1_702_592_002],
    [1e12, 2_147_483_647],
  ])('turns %d s into %d', (ttl, wire) => {
    expect(wireTtl(ttl, clock)).toBe(wire)
  })

  it.each([Number.NaN, '5', null])('refuses %j', (ttl) => {
    expect(() => wireTtl(ttl as number, clock)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})
