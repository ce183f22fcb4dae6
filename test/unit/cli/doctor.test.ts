import { describe, expect, it } from 'vitest'
import type { Checkup } from '../../../src/cli/checkup.ts'
import { listensTo, reachOf } from '../../../src/cli/exposure.ts'
import { fleetFindings } from '../../../src/cli/fleet-findings.ts'
import { isOlder, serverFindings } from '../../../src/cli/server-findings.ts'
import { CacheError } from '../../../src/errors.ts'
import { generalStats } from '../../../src/protocol/general-stats.ts'
import { settingsStats } from '../../../src/protocol/settings-stats.ts'
import { itemsStats, slabsStats } from '../../../src/protocol/slab-stats.ts'

describe('serverFindings', () => {
  it('finds nothing on a server that is well', () => {
    expect(codes({})).toEqual([])
  })

  it.each<[string, Change]>([
    ['version-old', { general: { version: '1.6.17' } }],
    ['version-old', { general: { version: '1.5.22-ubuntu' } }],
    ['cas-off', { settings: { cas_enabled: 'no' } }],
    ['evictions-off', { settings: { evictions: 'off' } }],
    ['value-limit', { settings: { item_size_max: '524288' } }],
    ['dump-off', { settings: { dump_enabled: 'no' } }],
    ['crawler-off', { settings: { lru_crawler: 'no' } }],
    ['udp-on', { settings: { udpport: '11211' } }],
    ['shutdown-on', { settings: { shutdown_command: 'yes' } }],
    ['listens-everywhere', { settings: { inter: 'NULL' } }],
    ['listens-everywhere', { settings: { inter: '0.0.0.0' } }],
    ['exposed', { server: '8.8.8.8:11211' }],
    ['no-memory', { general: { store_no_memory: '3' } }],
    ['too-large', { general: { store_too_large: '3' } }],
    [
      'unread',
      { general: { evictions: '4000', evicted_unfetched: '3000' }, old: { evictions: '4000' } },
    ],
    ['connections-full', { general: { curr_connections: '800', reserved_fds: '30' } }],
    ['connections-refused', { general: { rejected_connections: '2' } }],
    [
      'connections-were-refused',
      { general: { rejected_connections: '2' }, old: { rejected_connections: '2' } },
    ],
    ['clock-skew', { skew: -6 }],
    ['restarted', { general: { uptime: '12' } }],
    ['hash-small', { general: { curr_items: '200000' } }],
  ])('finds %s alone with %j', (code, change) => {
    expect(codes(change)).toEqual([code])
  })

  it('tells items that go before their ttl ends from those that do not', () => {
    const evicting = { general: { evictions: '50' }, evicted: 50 }

    expect(codes({ ...evicting, evictedTime: 20 })).toEqual(['evicts-early'])
    expect(codes({ ...evicting, evictedTime: 3000 })).toEqual(['evicts'])
  })

  it('finds a class that starves while there is memory', () => {
    const general = { evictions: '50', slab_global_page_pool: '20' }

    expect(codes({ general, evicted: 50, evictedTime: 3000, malloced: 20_000_000 })).toEqual([
      'evicts',
      'class-starved',
    ])
  })

  it.each([
    ['ERR_CONNECTION', 'unreachable'],
    ['ERR_TIMEOUT', 'unreachable'],
    ['ERR_AUTH', 'login-refused'],
  ] as const)('makes of %s %s, and says no more', (error, code) => {
    const dead = { ...checkup({}), after: undefined, error: new CacheError(error, 'So.') }

    expect(serverFindings(dead).map((finding) => finding.code)).toEqual([code])
  })

  it('says nothing about settings that a service does not tell', () => {
    expect(serverFindings({ ...checkup({}), settings: undefined })).toEqual([])
  })

  it('asks for no password where one is asked for', () => {
    const settings = { auth_enabled_ascii: 'yes', inter: '0.0.0.0' }

    expect(codes({ settings, server: '8.8.8.8:11211' })).toEqual([])
  })
})

describe('fleetFindings', () => {
  const weights = (small: number, large: number) =>
    new Map([
      ['a:1', small],
      ['b:1', large],
    ])
  const small = checkup({ server: 'a:1' })
  const large = checkup({ server: 'b:1', general: { limit_maxbytes: '134217728' } })

  it('finds unequal memory, unless the weights say so', () => {
    expect(fleetFindings([small, large], weights(1, 1)).map(({ code }) => code)).toEqual([
      'memory-differs',
    ])
    expect(fleetFindings([small, large], weights(1, 2))).toEqual([])
  })

  it('finds unequal versions', () => {
    const newer = checkup({ server: 'b:1', general: { version: '1.6.45' } })

    expect(fleetFindings([small, newer], weights(1, 1))).toMatchObject([
      { code: 'versions-differ', text: 'They are not of one version: 1.6.18, 1.6.45.' },
    ])
  })
})

describe('isOlder', () => {
  it.each([
    ['1.6.17', true],
    ['1.4.39', true],
    ['0.9.99', true],
    ['1.6.18', false],
    ['1.6.45', false],
    ['1.7.0', false],
    ['2.0', false],
    ['1.6', false],
    ['unknown', false],
    ['', false],
  ])('of %j is %s', (version, older) => {
    expect(isOlder(version, [1, 6, 18])).toBe(older)
  })
})

describe('reachOf', () => {
  it.each([
    ['127.0.0.1:11211', 'machine'],
    ['localhost:11211', 'machine'],
    ['[::1]:11211', 'machine'],
    ['/run/memcached.sock', 'machine'],
    ['10.1.2.3:11211', 'network'],
    ['172.31.0.1:11211', 'network'],
    ['100.64.0.1:11211', 'network'],
    ['[fd00::1]:11211', 'network'],
    ['cache.internal:11211', 'network'],
    ['172.32.0.1:11211', 'world'],
    ['8.8.8.8:11211', 'world'],
    ['[2001:4860::8888]:11211', 'world'],
  ])('of %s is the %s', (server, reach) => {
    expect(reachOf(server)).toBe(reach)
  })
})

describe('listensTo', () => {
  it.each([
    [undefined, 'world'],
    ['0.0.0.0', 'world'],
    ['::', 'world'],
    ['127.0.0.1,0.0.0.0', 'world'],
    ['127.0.0.1', 'machine'],
    ['127.0.0.1,::1', 'machine'],
    ['127.0.0.1,10.0.0.1', 'network'],
  ])('%s is the %s', (inter, reach) => {
    expect(listensTo(inter)).toBe(reach)
  })
})

interface Change {
  readonly server?: string
  readonly general?: Readonly<Record<string, string>>
  /** What the first look showed, where it differs from a server that is well. */
  readonly old?: Readonly<Record<string, string>>
  readonly settings?: Readonly<Record<string, string>>
  readonly skew?: number
  readonly evicted?: number
  readonly evictedTime?: number
  readonly malloced?: number
}

const WELL = {
  version: '1.6.18',
  uptime: '86400',
  curr_items: '1000',
  hash_power_level: '16',
  limit_maxbytes: '67108864',
  max_connections: '1024',
  curr_connections: '10',
  reserved_fds: '20',
  rejected_connections: '0',
  evictions: '0',
  evicted_unfetched: '0',
  store_no_memory: '0',
  store_too_large: '0',
  slab_global_page_pool: '0',
}

const SET_UP = {
  inter: '127.0.0.1',
  domain_socket: 'NULL',
  udpport: '0',
  cas_enabled: 'yes',
  evictions: 'on',
  item_size_max: '1048576',
  dump_enabled: 'yes',
  lru_crawler: 'yes',
  shutdown_command: 'no',
  auth_enabled_ascii: 'no',
  auth_enabled_sasl: 'no',
}

function checkup(change: Change): Checkup {
  const { server = '127.0.0.1:11211', evicted = 0, evictedTime = 0, malloced = 67_108_864 } = change
  return {
    server,
    error: undefined,
    before: generalStats({ ...WELL, ...change.old }),
    after: generalStats({ ...WELL, ...change.general }),
    itemsBefore: itemsStats({ 'items:1:evicted': '0' }),
    itemsAfter: itemsStats({
      'items:1:evicted': `${evicted}`,
      'items:1:evicted_time': `${evictedTime}`,
    }),
    slabs: slabsStats({ total_malloced: `${malloced}` }),
    settings: settingsStats({ ...SET_UP, ...change.settings }),
    skew: change.skew ?? 0,
    ttl: 300,
    maxValueBytes: 1_048_576,
  }
}

function codes(change: Change): string[] {
  return serverFindings(checkup(change)).map(({ code }) => code)
}
