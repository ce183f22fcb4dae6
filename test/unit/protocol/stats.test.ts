import { describe, expect, it } from 'vitest'
import { connsStats } from '../../../src/protocol/connection-stats.ts'
import { generalStats } from '../../../src/protocol/general-stats.ts'
import { STATS_READERS } from '../../../src/protocol/server-command.ts'
import { settingsStats } from '../../../src/protocol/settings-stats.ts'
import { itemsStats, sizesStats, slabsStats } from '../../../src/protocol/slab-stats.ts'
import { emptyStats, parseStat, type Stats } from '../../../src/protocol/stats.ts'

describe('generalStats', () => {
  it('reads numbers, texts and switches as 1.6.18 tells them', () => {
    const figures = generalStats(
      told(
        'pid 1900',
        'uptime 3',
        'version 1.6.18',
        'libevent 2.1.12-stable',
        'rusage_user 0.002569',
        'accepting_conns 1',
        'hash_is_expanding 0',
        'limit_maxbytes 67108864',
        'get_hits 1',
      ),
    )

    expect(figures).toMatchObject({
      pid: 1900,
      uptime: 3,
      version: '1.6.18',
      libevent: '2.1.12-stable',
      rusage_user: 0.002569,
      accepting_conns: true,
      hash_is_expanding: false,
      limit_maxbytes: 67_108_864,
      get_hits: 1,
    })
  })

  it('leaves undefined what the server does not tell, and what is not what it should be', () => {
    const figures = generalStats(told('pid many', 'accepting_conns 2', 'uptime', 'time 0x10'))

    expect(figures.pid).toBeUndefined()
    expect(figures.accepting_conns).toBeUndefined()
    expect(figures.uptime).toBeUndefined()
    expect(figures.time).toBeUndefined()
    expect(figures.get_hits).toBeUndefined()
    expect(figures.raw.pid).toBe('many')
  })

  it('keeps every figure as it was told: what is new, and digits beyond 2^53', () => {
    const figures = generalStats(told('bytes_read 18446744073709551615', 'get_dreams 7 of 9'))

    expect(figures.bytes_read).toBe(18_446_744_073_709_552_000)
    expect(figures.raw).toEqual(told('bytes_read 18446744073709551615', 'get_dreams 7 of 9'))
  })

  it('gives a name such as `__proto__` to nothing but the raw figures', () => {
    const figures = generalStats(told('__proto__ 1', 'constructor 2', 'pid 3'))

    expect(Object.getPrototypeOf(figures)).toBe(Object.prototype)
    expect(Object.keys(figures.raw)).toEqual(['__proto__', 'constructor', 'pid'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('settingsStats', () => {
  it('reads yes and no, on and off, and what is not set', () => {
    const settings = settingsStats(
      told(
        'maxbytes 67108864',
        'evictions on',
        'cas_enabled yes',
        'flush_enabled no',
        'inter 127.0.0.1',
        'domain_socket NULL',
        'memory_file (null)',
        'growth_factor 1.25',
        'stat_key_prefix :',
        'ext_item_age 4294967295',
      ),
    )

    expect(settings).toMatchObject({
      maxbytes: 67_108_864,
      evictions: true,
      cas_enabled: true,
      flush_enabled: false,
      inter: '127.0.0.1',
      domain_socket: undefined,
      memory_file: undefined,
      growth_factor: 1.25,
      stat_key_prefix: ':',
      ext_item_age: 4_294_967_295,
    })
  })
})

describe('itemsStats', () => {
  it('reads a record for each slab class', () => {
    const { classes, raw } = itemsStats(
      told(
        'items:1:number 3',
        'items:1:age 2',
        'items:1:mem_requested 199',
        'items:39:number 1',
        'items:39:evicted_time 12',
        'items:39:new_in_some_version 5',
      ),
    )

    expect([...classes.keys()]).toEqual([1, 39])
    expect(classes.get(1)).toMatchObject({ number: 3, age: 2, mem_requested: 199 })
    expect(classes.get(39)).toMatchObject({ number: 1, evicted_time: 12 })
    expect(raw['items:39:new_in_some_version']).toBe('5')
  })
})

describe('slabsStats', () => {
  it('reads a record for each slab class, and the totals', () => {
    const slabs = slabsStats(
      told('1:chunk_size 96', '1:used_chunks 3', 'active_slabs 1', 'total_malloced 1048576'),
    )

    expect(slabs.classes.get(1)).toMatchObject({ chunk_size: 96, used_chunks: 3 })
    expect(slabs.active_slabs).toBe(1)
    expect(slabs.total_malloced).toBe(1_048_576)
  })
})

describe('sizesStats', () => {
  it('reads sizes in order', () => {
    expect(sizesStats(told('192 1', '96 30', '1024 2'))).toMatchObject({
      enabled: true,
      sizes: [
        { bytes: 96, count: 30 },
        { bytes: 192, count: 1 },
        { bytes: 1024, count: 2 },
      ],
    })
  })

  it('says where the server does not keep count', () => {
    expect(sizesStats(told('sizes_status disabled'))).toMatchObject({ enabled: false, sizes: [] })
  })
})

describe('connsStats', () => {
  it('reads every socket, the one that listens too', () => {
    const { connections } = connsStats(
      told(
        '23:addr tcp:127.0.0.1:21990',
        '23:state conn_listening',
        '23:secs_since_last_cmd 4',
        '24:addr unix:/tmp/a socket',
        '24:listen_addr tcp:127.0.0.1:21990',
        '24:state conn_parse_cmd',
        '24:secs_since_last_cmd 0',
      ),
    )

    expect(connections).toEqual([
      {
        fd: 23,
        addr: 'tcp:127.0.0.1:21990',
        listen_addr: undefined,
        state: 'conn_listening',
        secs_since_last_cmd: 4,
      },
      {
        fd: 24,
        addr: 'unix:/tmp/a socket',
        listen_addr: 'tcp:127.0.0.1:21990',
        state: 'conn_parse_cmd',
        secs_since_last_cmd: 0,
      },
    ])
  })
})

describe('proxy figures', () => {
  it('are numbers where they are numbers', () => {
    const { figures } = STATS_READERS.proxy(told('user_requests 5', 'proxy_route main'))

    expect([...figures]).toEqual([
      ['user_requests', 5],
      ['proxy_route', 'main'],
    ])
  })
})

/** What the server tells, from its lines without their `STAT `. */
function told(...lines: readonly string[]): Stats {
  const stats = emptyStats()
  for (const line of lines) {
    const figure = parseStat(line)
    if (figure !== undefined) stats[figure.name] = figure.value
  }
  return stats
}
