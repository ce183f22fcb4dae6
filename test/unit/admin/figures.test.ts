import { describe, expect, it } from 'vitest'
import { type Counters, countersOf, type Reading } from '../../../src/admin/counters.ts'
import {
  baseline,
  breakBetween,
  hitRatioSinceStart,
  intervalBetween,
  occupancy,
  traffic,
} from '../../../src/admin/figures.ts'

describe('traffic', () => {
  it('divides the hits of the interval by its hits and misses', () => {
    const before = up(0, { hits: 1000, misses: 9000 })
    const after = up(4, { hits: 1030, misses: 9010 })

    expect(traffic(list(intervalBetween(before, after))).hitRatio).toBe(0.75)
  })

  it('gives rates per second of the time between the readings', () => {
    const before = up(0, { gets: 10, sets: 5, operations: 15, evictions: 2 })
    const after = up(4, { gets: 50, sets: 25, operations: 95, evictions: 12 })

    expect(traffic(list(intervalBetween(before, after)))).toMatchObject({
      getsPerSecond: 10,
      setsPerSecond: 5,
      operationsPerSecond: 20,
      evictionsPerSecond: 2.5,
    })
  })

  it('says nothing of the hit ratio without requests, and zero of the rates', () => {
    const interval = intervalBetween(up(0), up(1))

    expect(traffic(list(interval))).toEqual({
      hitRatio: null,
      hits: 0,
      misses: 0,
      getsPerSecond: 0,
      setsPerSecond: 0,
      operationsPerSecond: 0,
      evictionsPerSecond: 0,
    })
  })

  it('says nothing at all without an interval', () => {
    expect(traffic([])).toEqual({
      hitRatio: null,
      hits: null,
      misses: null,
      getsPerSecond: null,
      setsPerSecond: null,
      operationsPerSecond: null,
      evictionsPerSecond: null,
    })
  })

  it('sums hits and misses over servers instead of averaging their ratios', () => {
    const busy = intervalBetween(up(0), up(1, { hits: 900, misses: 100 }))
    const idle = intervalBetween(up(0), up(1, { hits: 0, misses: 10 }))

    // The mean of 90 % and 0 % would be 45 %.
    expect(traffic([...list(busy), ...list(idle)]).hitRatio).toBeCloseTo(900 / 1010, 12)
  })

  it('adds the rates of servers whose intervals differ in length', () => {
    const long = intervalBetween(up(0), up(10, { gets: 100 }))
    const short = intervalBetween(up(0), up(1, { gets: 5 }))

    expect(traffic([...list(long), ...list(short)]).getsPerSecond).toBe(15)
  })

  it('says nothing of a counter that a server does not have', () => {
    const before = up(0, { evictions: Number.NaN })
    const after = up(1, { evictions: Number.NaN, gets: 3 })

    expect(traffic(list(intervalBetween(before, after)))).toMatchObject({
      evictionsPerSecond: null,
      getsPerSecond: 3,
    })
  })
})

describe('occupancy', () => {
  it('divides pages by the limit, and open and reserved connections by theirs', () => {
    const counters = countersOf(
      {
        limit_maxbytes: 67108864,
        curr_connections: 12,
        reserved_fds: 20,
        max_connections: 64,
      },
      { total_malloced: 16777216 },
    )

    expect(occupancy([counters])).toMatchObject({ memoryFull: 0.25, connectionsFull: 0.5 })
  })

  it('sums pages and limits over servers of different size', () => {
    const small = { ...ZERO, memoryUsedBytes: 10, memoryLimitBytes: 10, items: 1 }
    const large = { ...ZERO, memoryUsedBytes: 0, memoryLimitBytes: 90, items: 2 }

    expect(occupancy([small, large])).toMatchObject({ memoryFull: 0.1, items: 3 })
  })

  it('says nothing of memory where `stats slabs` is not answered', () => {
    expect(occupancy([countersOf({ limit_maxbytes: 1 }, {})]).memoryFull).toBeNull()
  })
})

describe('breakBetween', () => {
  it('sees a restart by another process number', () => {
    expect(breakBetween(up(0, { pid: 7 }), up(1, { pid: 8 }))).toBe('restarted')
  })

  it('sees a restart by a smaller uptime, where every process is number 1', () => {
    expect(breakBetween(up(0, { uptime: 900 }), up(1, { uptime: 1 }))).toBe('restarted')
  })

  it('sees a restart during a pause, by an uptime that grew less than the time that passed', () => {
    expect(breakBetween(up(0, { uptime: 20 }), up(3600, { uptime: 3000 }))).toBe('restarted')
  })

  it('takes an uptime that lags by two seconds for the same process', () => {
    expect(breakBetween(up(0, { uptime: 20 }), up(4, { uptime: 22 }))).toBeUndefined()
  })

  it('tells counters that were set back from a restart', () => {
    const before = up(0, { hits: 50, uptime: 20 })

    expect(breakBetween(before, up(1, { hits: 3, uptime: 21 }))).toBe('reset')
  })

  it('leaves no interval across a restart, so that there is no spike', () => {
    const before = up(0, { pid: 7, hits: 5 })

    expect(intervalBetween(before, up(1, { pid: 8, hits: 90_000 }))).toBeUndefined()
  })
})

describe('baseline', () => {
  it('chooses the oldest reading within the window', () => {
    const readings = [up(0), up(1), up(2), up(3), up(4)]

    expect(baseline(readings, 2500)).toBe(readings[2])
  })

  it('chooses the reading before where the window is shorter than that', () => {
    const readings = [up(0), up(60)]

    expect(baseline(readings, 1000)).toBe(readings[0])
  })

  it('goes back no further than the last restart', () => {
    const readings = [up(0, { pid: 7 }), up(1, { pid: 8 }), up(2, { pid: 8 })]

    expect(baseline(readings, 60_000)).toBe(readings[1])
  })

  it('passes over rounds in which the server did not answer', () => {
    const readings = [up(0), down(1), down(2), up(3)]

    expect(baseline(readings, 1000)).toBe(readings[0])
  })

  it('chooses nothing while the server is down', () => {
    expect(baseline([up(0), down(1)], 60_000)).toBeUndefined()
  })
})

describe('countersOf', () => {
  it('adds up operations without counting a cas twice', () => {
    const told = {
      cmd_get: 1,
      cmd_set: 2,
      cmd_touch: 4,
      delete_hits: 8,
      delete_misses: 16,
      incr_hits: 32,
      incr_misses: 64,
      decr_hits: 128,
      decr_misses: 256,
      cas_hits: 512,
      cas_badval: 1024,
    }

    const counters = countersOf(told, {})

    expect(counters.operations).toBe(511)
  })

  it('divides the hits since the start of the process', () => {
    const counters = countersOf({ get_hits: 30, get_misses: 10 }, {})

    expect(hitRatioSinceStart(counters)).toBe(0.75)
  })

  it('cuts a version that is no version', () => {
    expect(countersOf({ version: 'x'.repeat(5000) }, {}).version).toHaveLength(60)
  })
})

const ZERO: Counters = {
  pid: 1,
  uptime: 100,
  version: '1.6.18',
  hits: 0,
  misses: 0,
  gets: 0,
  sets: 0,
  operations: 0,
  evictions: 0,
  items: 0,
  memoryUsedBytes: 0,
  memoryLimitBytes: 1,
  connections: 0,
  connectionLimit: 1,
}

/** A reading `seconds` after some start, of a process that grew as old meanwhile. */
function up(seconds: number, counters: Partial<Counters> = {}): Reading {
  return {
    server: 'a:11211',
    at: seconds * 1000,
    counters: { ...ZERO, uptime: 100 + seconds, ...counters },
    error: undefined,
  }
}

function down(seconds: number): Reading {
  return { server: 'a:11211', at: seconds * 1000, counters: undefined, error: 'refused' }
}

function list<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value]
}
