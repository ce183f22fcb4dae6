import { afterEach, describe, expect, it } from 'vitest'
import { AliasCounters } from '../../../src/admin/alias-counters.ts'
import {
  type AliasCounts,
  aliasHitRatio,
  aliasTraffic,
  countsBetween,
  NO_COUNTS,
} from '../../../src/admin/alias-figures.ts'
import { cacheChannel, publishError, traced } from '../../../src/channels.ts'

describe('aliasTraffic', () => {
  it('counts neither a stale answer nor a miss nor a failed read as a hit', () => {
    const counts = { ...NO_COUNTS, hits: 60, stale: 20, misses: 15, failed: 5, sets: 30 }

    expect(aliasTraffic(counts, 10)).toEqual({
      hitRatio: 0.6,
      getsPerSecond: 10,
      setsPerSecond: 3,
      operationsPerSecond: 13,
      stalePerSecond: 2,
      errors: 0,
    })
  })

  it('says nothing of the hit ratio without reads', () => {
    expect(aliasHitRatio({ ...NO_COUNTS, sets: 9 })).toBeNull()
  })

  it('says nothing before there is a second sample', () => {
    expect(aliasTraffic({ ...NO_COUNTS, hits: 5 }, undefined)).toEqual({
      hitRatio: null,
      getsPerSecond: null,
      setsPerSecond: null,
      operationsPerSecond: null,
      stalePerSecond: null,
      errors: null,
    })
  })

  it('subtracts an earlier sample', () => {
    const before = { ...NO_COUNTS, hits: 10, misses: 90 }
    const after = { ...NO_COUNTS, hits: 40, misses: 100 }

    expect(aliasHitRatio(countsBetween(before, after))).toBe(0.75)
  })
})

describe('AliasCounters', () => {
  let counters: AliasCounters | undefined
  afterEach(() => counters?.close())

  it('adds up what the calls of its aliases tell', async () => {
    counters = new AliasCounters(['default', 'pages'])

    await call('default', 'getMany', 5, { hits: 3, misses: 2 })
    await call('default', 'set', 1, { stored: 1 })
    await call('pages', 'lookup', 1, { stale: 1 })
    await call('of somebody else', 'get', 1, { hits: 1 })

    expect(Object.fromEntries(counters.snapshot())).toEqual({
      default: counts({ hits: 3, misses: 2, sets: 1 }),
      pages: counts({ stale: 1 }),
    })
  })

  it('counts a read that rejected, and the failure where it was published', async () => {
    counters = new AliasCounters(['default'])

    await call('default', 'getMany', 3, {}, new Error('no'))
    publishError({ error: new Error('no'), operation: 'getMany', alias: 'default' })

    expect(counters.snapshot().get('default')).toEqual(counts({ failed: 3, errors: 1 }))
  })

  it('counts a failure that was shown as a miss as a miss and an error', async () => {
    counters = new AliasCounters(['default'])

    publishError({ error: new Error('no'), operation: 'get', alias: 'default' })
    await call('default', 'get', 1, { misses: 1 })

    expect(counters.snapshot().get('default')).toEqual(counts({ misses: 1, errors: 1 }))
  })

  it('keeps apart aliases that are named like properties of every object', async () => {
    counters = new AliasCounters(['__proto__', 'constructor'])

    await call('__proto__', 'get', 1, { hits: 1 })

    expect(counters.snapshot().get('__proto__')).toEqual(counts({ hits: 1 }))
    expect(counters.snapshot().get('constructor')).toEqual(NO_COUNTS)
  })

  it('hears nothing more once it is closed', async () => {
    counters = new AliasCounters(['default'])
    counters.close()

    await call('default', 'get', 1, { hits: 1 })

    expect(counters.snapshot().get('default')).toEqual(NO_COUNTS)
  })
})

interface Told {
  readonly hits?: number
  readonly stale?: number
  readonly misses?: number
  readonly stored?: number
}

/** What a cache publishes of one call. */
async function call(
  alias: string,
  operation: string,
  keyCount: number,
  told: Told,
  error?: Error,
): Promise<void> {
  await traced(
    cacheChannel,
    () => ({ alias, operation, keyCount }),
    async (context) => {
      Object.assign(context ?? {}, told)
      if (error !== undefined) throw error
    },
  ).catch(() => {})
}

function counts(some: Partial<AliasCounts>): AliasCounts {
  return { ...NO_COUNTS, ...some }
}
