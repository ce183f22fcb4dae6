import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Discovery } from '../../../src/client/discovery/discovery.ts'
import { discoverDns } from '../../../src/client/discovery/discovery-dns.ts'
import {
  type DnsRecords,
  resolveDiscovery,
} from '../../../src/client/discovery/discovery-options.ts'
import { MemcachedClient, type MemcachedOptions } from '../../../src/client/index.ts'
import type { ServerAddress } from '../../../src/net/address.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { eventually } from '../../support/eventually.ts'
import { ScriptedResolver, type Zone } from '../../support/resolver.ts'

const errors: string[] = []
const listen = (message: unknown): void => {
  const { error, operation } = message as { error: Error; operation: string }
  errors.push(`${operation}: ${error.message}`)
}

beforeEach(() => subscribe('reprise:error', listen))

afterEach(() => {
  unsubscribe('reprise:error', listen)
  errors.length = 0
})

const found = async (zone: Zone, records: DnsRecords): Promise<string[]> => {
  const resolver = new ScriptedResolver(zone)
  const source = { kind: 'dns' as const, name: 'cache.example', port: 11_211, records, resolver }
  return (await discoverDns({ ...source, intervalMs: 1 })).map(
    ({ name, weight }) => `${name}*${weight}`,
  )
}

describe('discoverDns', () => {
  const both = { a: ['10.0.0.1', '10.0.0.2'], aaaa: ['fd00::1'] }
  const v6 = { aaaa: ['fd00::1'] }

  it.each<[string, Zone, DnsRecords, string[]]>([
    ['A where there is A', both, 'address', ['10.0.0.1:11211*1', '10.0.0.2:11211*1']],
    ['AAAA where there is no A', v6, 'address', ['[fd00::1]:11211*1']],
    ['A alone', both, 'A', ['10.0.0.1:11211*1', '10.0.0.2:11211*1']],
    ['AAAA alone', both, 'AAAA', ['[fd00::1]:11211*1']],
    ['both', both, 'A+AAAA', ['10.0.0.1:11211*1', '10.0.0.2:11211*1', '[fd00::1]:11211*1']],
    ['nothing of a name that does not exist', { a: 'ENOTFOUND', aaaa: 'ENOTFOUND' }, 'address', []],
    ['nothing of a name without such records', { a: both.a }, 'AAAA', []],
  ])('finds %s', async (_, zone, records, expected) => {
    expect(await found(zone, records)).toEqual(expected)
  })

  it.each<[string, Zone, DnsRecords]>([
    ['the resolver fails', { a: 'ETIMEOUT', aaaa: v6.aaaa }, 'address'],
    ['one of two families fails', { a: both.a, aaaa: 'ESERVFAIL' }, 'A+AAAA'],
    ['services cannot be asked for', { srv: 'ECONNREFUSED' }, 'SRV'],
  ])('rejects where %s', async (_, zone, records) => {
    await expect(found(zone, records)).rejects.toThrow(/^query E/)
  })

  it('takes host, port and weight of the services with the lowest priority', async () => {
    const srv = [
      { name: 'b.example.', port: 11_212, priority: 1, weight: 20 },
      { name: 'a.example', port: 11_211, priority: 1, weight: 0 },
      { name: 'backup.example', port: 11_211, priority: 9, weight: 1 },
    ]
    expect(await found({ srv }, 'SRV')).toEqual(['b.example:11212*20', 'a.example:11211*1'])
    expect(await found({ srv: [{ name: '.', port: 1, priority: 0, weight: 0 }] }, 'SRV')).toEqual(
      [],
    )
  })
})

describe('resolveDiscovery', () => {
  it.each([
    ['dns:cache.example', { kind: 'dns', name: 'cache.example', port: 11_211, records: 'address' }],
    ['dns:cache.example:22', { kind: 'dns', name: 'cache.example', port: 22, intervalMs: 60_000 }],
    ['srv:_mc._tcp.example', { kind: 'dns', name: '_mc._tcp.example', records: 'SRV' }],
    ['elasticache:x.cfg.example', { endpoint: { name: 'x.cfg.example:11211' } }],
    ['elasticache:x.cfg.example:22', { endpoint: { name: 'x.cfg.example:22' } }],
  ])('reads %s', (text, expected) => {
    expect(resolveDiscovery(text)).toMatchObject(expected)
  })

  it.each<[unknown, string]>([
    ['consul:a', 'discovery'],
    ['dns:', 'discovery'],
    ['dns:/run/a.sock', 'discovery'],
    ['elasticache:a*2', 'discovery'],
    [7, 'discovery'],
    [null, 'discovery'],
    [{ kind: 'zookeeper' }, 'discovery'],
    [{ kind: 'dns', name: '' }, 'name'],
    [{ kind: 'dns', name: 'a', records: 'TXT' }, 'records'],
    [{ kind: 'dns', name: 'a', port: 0 }, 'port'],
    [{ kind: 'dns', name: 'a', intervalMs: 1 }, 'intervalMs'],
    [{ kind: 'dns', name: 'a', intervalMs: Infinity }, 'intervalMs'],
    [{ kind: 'dns', name: 'a', endpoint: 'b' }, 'endpoint'],
    [{ kind: 'elasticache', endpoint: '/run/a.sock' }, 'endpoint'],
    [{ kind: 'elasticache' }, 'endpoint'],
  ])('refuses %j', (discovery, name) => {
    const options = { discovery } as MemcachedOptions
    expect(() => new MemcachedClient(options)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION_INVALID',
        message: expect.stringContaining(name),
      }),
    )
  })

  it('refuses a client with both servers and a discovery, or with none', () => {
    const refused = expect.objectContaining({ code: 'ERR_OPTION_INVALID' })
    expect(() => new MemcachedClient({ servers: 'a', discovery: 'dns:b' })).toThrow(refused)
    expect(() => new MemcachedClient({})).toThrow(refused)
  })
})

describe('Discovery', () => {
  let clock: FakeClock
  const lists: string[] = []
  let resolver: ScriptedResolver
  let discovery: Discovery

  beforeEach(() => {
    lists.length = 0
    clock = new FakeClock()
    resolver = new ScriptedResolver({ a: ['10.0.0.1'] })
    const source = resolveDiscovery({ kind: 'dns', name: 'cache.example', resolver })
    const settings = {
      connectTimeoutMs: 50,
      clock,
      random: () => 0.5,
      lookup: undefined,
      tls: undefined,
    }
    discovery = new Discovery(source, settings, (servers: readonly ServerAddress[]) => {
      lists.push(servers.map(({ name }) => name).join())
    })
  })

  afterEach(() => discovery.close())

  const looks = (count: number) => eventually(() => resolver.asked.length === count)

  it('looks once for all who wait, and not before somebody does', async () => {
    expect(resolver.asked).toEqual([])

    await Promise.all([discovery.ready(), discovery.ready()])
    await discovery.ready()

    expect(resolver.asked).toEqual(['A cache.example'])
    expect(lists).toEqual(['10.0.0.1:11211'])
  })

  it('looks again after the interval, in an order of its own, each server once', async () => {
    await discovery.ready()
    await eventually(() => clock.sleepers === 1)
    resolver.zone = { a: ['10.0.0.9', '10.0.0.1', '10.0.0.9'] }
    clock.advance(59)
    expect(resolver.asked.length).toBe(1)
    clock.advance(1)

    await eventually(() => lists.length === 2)
    expect(lists[1]).toBe('10.0.0.1:11211,10.0.0.9:11211')
  })

  it('looks soon after a server failed, and no more often than every 5 s', async () => {
    await discovery.ready()
    discovery.hurry()
    clock.advance(4.9)
    expect(resolver.asked.length).toBe(1)
    await eventually(() => clock.sleepers > 0)
    clock.advance(0.1)
    await looks(2)

    await eventually(() => clock.sleepers > 0)
    clock.advance(20)
    discovery.hurry()
    discovery.hurry()
    await eventually(() => clock.sleepers > 0)
    clock.advance(0.3)
    await looks(3)
  })

  it.each<[string, Zone, string]>([
    ['the name is gone', { a: 'ENOTFOUND' }, 'the answer names no server.'],
    ['the answer is empty', { a: [] }, 'the answer names no server.'],
    ['the resolver fails', { a: 'ESERVFAIL' }, 'query ESERVFAIL A cache.example'],
  ])('keeps what it knows and says so where %s', async (_, zone, why) => {
    await discovery.ready()
    await eventually(() => clock.sleepers > 0)
    resolver.zone = zone
    clock.advance(60)

    await eventually(() => errors.length === 1)
    expect(errors[0]).toBe(
      `discovery: The servers of dns:cache.example were not discovered: ${why}`,
    )
    expect(lists).toEqual(['10.0.0.1:11211'])
    await discovery.ready()

    resolver.zone = { a: ['10.0.0.2'] }
    await eventually(() => clock.sleepers > 0)
    clock.advance(5)
    await eventually(() => lists.length === 2)
    expect(lists[1]).toBe('10.0.0.2:11211')
  })

  it('rejects while nothing is known, at once for a moment, then tries again', async () => {
    resolver.zone = { a: 'ESERVFAIL' }
    await expect(discovery.ready()).rejects.toMatchObject({ code: 'ERR_CONNECTION', applied: 'no' })
    await expect(discovery.ready()).rejects.toMatchObject({ code: 'ERR_CONNECTION' })
    expect(resolver.asked.length).toBe(1)

    resolver.zone = { a: ['10.0.0.1'] }
    clock.advance(1)
    await discovery.ready()
    expect(lists).toEqual(['10.0.0.1:11211'])
  })

  it('waits no longer than a connection may take', async () => {
    resolver.silent = true

    await expect(discovery.ready()).rejects.toThrow('There was no answer within 50 ms.')
  })

  it('ends what waits for it and looks no more once it is closed', async () => {
    resolver.silent = true
    const waiting = discovery.ready()
    discovery.close()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(discovery.ready()).rejects.toMatchObject({ code: 'ERR_CLOSED' })

    expect(errors).toEqual([])
    expect(resolver.asked.length).toBe(1)
  })
})
