import { describe, expect, it } from 'vitest'
import { wireTtl } from '../../../src/client/commands/ttl.ts'
import { MemcachedClient, type MemcachedOptions } from '../../../src/client/index.ts'
import { resolveMemcachedOptions } from '../../../src/client/options.ts'
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
      maxReplays: 100_000,
      replayOverflow: 'flush',
      onFailure: 'miss',
      gutter: undefined,
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

describe('a gutter', () => {
  const gutterOf = (gutter: unknown) =>
    resolveMemcachedOptions({ servers: 'a,b:1', gutter } as MemcachedOptions).gutter

  it('has servers, and 10 seconds where nothing else is said', () => {
    expect(gutterOf({ servers: 'c,d*2' })).toMatchObject({
      ttl: 10,
      servers: [{ name: 'c:11211' }, { name: 'd:11211', weight: 2 }],
    })
    expect(gutterOf({ servers: ['c'], ttl: 3 })).toMatchObject({ ttl: 3 })
  })

  it.each([
    [{}, '`gutter.servers` is undefined'],
    [{ servers: [] }, '`gutter.servers`'],
    [{ servers: 'c,c' }, '`gutter.servers` is "c:11211": it must be named once.'],
    [{ servers: 'c,a:11211' }, '`gutter.servers` is "a:11211": it must be none of'],
    [{ servers: 'c', ttl: 0 }, '`gutter.ttl` is 0'],
    [{ servers: 'c', ttl: 1.5 }, '`gutter.ttl` is 1.5'],
    [{ servers: 'c', ttl: Infinity }, '`gutter.ttl` is Infinity'],
    [{ servers: 'c', ttl: 2_592_001 }, '`gutter.ttl` is 2592001'],
    [{ servers: 'c', tll: 5 }, 'There is no option "tll" in `gutter`'],
    ['c', '`gutter` is "c"'],
  ])('refuses %j', (gutter, message) => {
    expect(() => gutterOf(gutter)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(message),
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
