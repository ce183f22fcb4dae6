import { describe, expect, it } from 'vitest'
import { type HealthInput, type HealthServer, healthOf } from '../../../src/admin/health.ts'
import { serverDetail } from '../../../src/admin/screens/server-detail.ts'

const NOW = Date.UTC(2026, 0, 1)

describe('healthOf', () => {
  it('finds nothing wrong with a healthy server, and nothing with none', () => {
    expect(healthOf(input([server()])).findings).toEqual([])
    expect(healthOf(input([])).findings).toEqual([])
  })

  it.each([
    [
      'server-down',
      'critical',
      server({ figures: { up: false, error: 'It hung up.' }, keyShare: 0.25 }),
    ],
    ['restarted', 'warning', server({ restarts: 2 })],
    ['class-starved', 'warning', server({ figures: { evictionsPerSecond: 3, memoryFull: 0.5 } })],
    ['memory-full', 'info', server({ figures: { evictionsPerSecond: 3, memoryFull: 1 } })],
    ['evicted-early', 'warning', server({ figured: { evictionAge: 299 } })],
    ['active-evicted', 'warning', server({ figured: { activeEvictionsPerSecond: 1 } })],
    ['connections-high', 'warning', server({ figures: { connectionsFull: 0.81 } })],
    ['connections-high', 'critical', server({ figures: { connectionsFull: 0.96 } })],
    ['connections-rejected', 'critical', server({ figured: { rejectedConnections: 1 } })],
    ['too-large', 'warning', server({ figured: { tooLargePerSecond: 0.1 } })],
    ['out-of-memory', 'critical', server({ figured: { outOfMemoryPerSecond: 1 } })],
    ['hash-full', 'warning', server({ figured: { hashLoad: 1.6 } })],
    ['clock-skew', 'warning', server({ skew: -6 })],
    ['clock-skew', 'warning', server({ skew: 6 })],
    ['version-old', 'critical', server({ figures: { version: '1.5.22' } })],
    ['version-old', 'critical', server({ figures: { version: '1.6.9' } })],
    ['udp-open', 'critical', server({ settings: { udpport: 11211 } })],
    ['exposed', 'warning', server({ settings: { inter: '203.0.113.7' } })],
    ['exposed', 'warning', server({ settings: { inter: undefined } })],
    ['exposed', 'info', server({ settings: { inter: '10.0.0.7' } })],
    ['evictions-off', 'warning', server({ settings: { evictions: false } })],
    ['dump-off', 'info', server({ settings: { dump_enabled: false } })],
    ['flush-off', 'info', server({ settings: { flush_enabled: false } })],
  ] as const)('finds %s (%s), and says what to do', (id, severity, one) => {
    const { findings } = healthOf(input([one]))

    expect(findings.map((finding) => [finding.id, finding.severity, finding.server])).toEqual([
      [id, severity, 'a:1'],
    ])
    expect(findings[0]?.sentence).toMatch(/a:1.*[.:)]$/)
    expect(findings[0]?.advice).toMatch(/^[A-Z].*\.$/)
  })

  it.each([
    ['clock', server({ skew: 5 })],
    ['connections', server({ figures: { connectionsFull: 0.8 } })],
    ['the age of what is evicted', server({ figured: { evictionAge: 300 } })],
    ['the hash table, while it grows', server({ figured: { hashLoad: 2 }, isExpanding: true })],
    [
      'an address that asks for a password',
      server({ settings: { inter: '203.0.113.7', auth_enabled_ascii: true } }),
    ],
    ['a socket in the file system', server({ settings: { inter: undefined, tcpport: 0 } })],
    ['the newest', server({ figures: { version: '1.10.0' } })],
  ])('finds nothing wrong with %s', (_, one) => {
    expect(healthOf(input([one])).findings).toEqual([])
  })

  it('tells which share of the keys misses', () => {
    const { findings } = healthOf(
      input([server({ figures: { up: false, error: 'It hung up.' }, keyShare: 0.25 })]),
    )

    expect(findings[0]?.sentence).toBe('a:1 does not answer: 25.0 % of the keys miss. It hung up.')
  })

  it('puts the worst first', () => {
    const { findings } = healthOf(
      input([
        server({
          figures: { evictionsPerSecond: 3, memoryFull: 1 },
          figured: { rejectedConnections: 1, tooLargePerSecond: 1 },
        }),
      ]),
    )

    expect(findings.map(({ severity }) => severity)).toEqual(['critical', 'warning', 'info'])
  })

  it.each([
    [0.9, 0.79, ['hit-ratio-down']],
    [0.9, 0.81, []],
    [0.8, 0.9, []],
  ])('compares the hit ratio with the hour before: %s, then %s', (before, now, found) => {
    const history = [
      ...[50, 40, 30].map((minute) => point(minute, before)),
      ...[4, 3, 2].map((minute) => point(minute, now)),
    ]

    expect(healthOf({ ...input([]), history }).findings.map(({ id }) => id)).toEqual(found)
  })

  it('finds aliases that share their keys, once', () => {
    const place = {}
    const alias = (name: string, keyPrefix: string) => ({
      alias: name,
      keyPrefix,
      place,
      ttl: 300,
      errorsSinceStart: 0,
    })
    const aliases = [alias('a', ''), alias('b', ''), alias('c', 'other')]

    const { findings } = healthOf({ ...input([]), aliases })

    expect(findings.map(({ id, alias }) => [id, alias])).toEqual([['prefix-shared', 'a']])
  })
})

interface Changed {
  readonly figures?: object
  readonly figured?: object
  readonly settings?: object
  readonly restarts?: number
  readonly keyShare?: number
  readonly skew?: number
  readonly isExpanding?: boolean
}

function server(changed: Changed = {}): HealthServer {
  const figures = {
    server: 'a:1',
    up: true,
    error: null,
    seconds: 1,
    hitRatio: 0.9,
    hits: 9,
    misses: 1,
    getsPerSecond: 10,
    setsPerSecond: 1,
    operationsPerSecond: 11,
    evictionsPerSecond: 0,
    items: 10,
    memoryFull: 0.5,
    memoryUsedBytes: 32,
    memoryLimitBytes: 64,
    connectionsFull: 0.1,
    connections: 10,
    connectionLimit: 100,
    uptime: 100,
    version: '1.6.18',
    hitRatioSinceStart: 0.9,
    ...changed.figures,
  }
  const settings = {
    udpport: 0,
    inter: '127.0.0.1',
    tcpport: 11211,
    evictions: true,
    dump_enabled: true,
    flush_enabled: true,
    auth_enabled_ascii: false,
    auth_enabled_sasl: false,
    ...changed.settings,
  }
  return {
    figures,
    restarts: changed.restarts ?? 0,
    keyShare: changed.keyShare ?? 1,
    figured: { ...serverDetail(undefined), ...changed.figured },
    detail: {
      at: 0,
      general: { hash_is_expanding: changed.isExpanding === true ? 1 : 0 },
      slabTotals: {},
      slabs: new Map(),
      items: new Map(),
      skew: changed.skew ?? 0,
    },
    settings: figures.up ? settings : undefined,
  }
}

function input(servers: readonly HealthServer[]): HealthInput {
  const alias = { alias: 'default', keyPrefix: '', place: {}, ttl: 300, errorsSinceStart: 0 }
  return { servers, aliases: [alias], pages: [], history: [], nowMs: NOW }
}

function point(minutesAgo: number, hitRatio: number) {
  return {
    atMs: NOW - minutesAgo * 60_000,
    hitRatio,
    applicationHitRatio: null,
    operationsPerSecond: null,
    evictionsPerSecond: null,
    memoryFull: null,
    applicationOperationsPerSecond: null,
    applicationEvictionsPerSecond: null,
    applicationMemoryRatio: null,
    servers: [],
  }
}
