import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/caches.ts'
import { MemcachedClient } from '../../../src/client/client.ts'
import { systemClock } from '../../../src/clock.ts'
import { CommandLine, runCommand } from '../../support/command-line.ts'
import { eventually } from '../../support/eventually.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

let one: MemcachedServer
let other: MemcachedServer
let place: string
let client: MemcachedClient

beforeAll(async () => {
  one = await startMemcached()
  other = await startMemcached()
  place = `127.0.0.1:${one.port},127.0.0.1:${other.port}`
  client = new MemcachedClient(place)
})

afterAll(async () => {
  await client.close()
  await Promise.all([one.kill(), other.kill()])
})

beforeEach(() => client.flushAll())

describe('reprise keys', () => {
  it('lists the keys of every server', async () => {
    await fill('user:', 30)

    const { code, out, err } = await reprise(['keys'])

    const [head = '', ...lines] = out.trimEnd().split('\n')
    expect([code, err, lines.length]).toEqual([0, '', 30])
    expect(head).toMatch(/^ +SIZE +EXPIRES IN +LAST USED +READ {2}KEY$/)
    expect(lines.map((line) => line.split(' ').at(-1)).sort()).toEqual(names('user:', 30))
    expect(lines[0]).toMatch(/^ +\d\d B +(10 min|9 min 5\d s) +\d s +no {2}user:\d+$/)
  })

  it('gives a line of JSON for each', async () => {
    await client.set('for-ever', 'v', { ttl: Infinity })

    const { out } = await reprise(['keys', '--json'])

    expect(JSON.parse(out)).toEqual({
      schemaVersion: 1,
      server: client.serverOf('for-ever'),
      key: 'for-ever',
      hashed: false,
      ttl: null,
      idle: expect.any(Number),
      fetched: false,
      slabClass: 1,
      sizeBytes: expect.any(Number),
    })
  })

  it.each([
    [['--prefix', 'user:'], 12],
    [['--match', '^user:1\\d?$'], 3],
    [['--prefix', 'user:', '--match', '^page'], 0],
    [['--limit', '7'], 7],
    [['--limit', '0'], 17],
  ])('chooses by %j', async (options, count) => {
    await fill('user:', 12)
    await fill('page:', 5)

    const { out, err } = await reprise(['keys', '--json', ...options])

    expect(out.split('\n').length - 1).toBe(count)
    expect(err).toBe(count === 7 ? 'It stopped at 7 keys: there may be more (--limit).\n' : '')
  })

  it('ends with 1 where a server does not list', async () => {
    await using closed = await startMemcached(['-X'])

    const { code, err } = await runCommand(['keys', '-s', `127.0.0.1:${closed.port}`])

    expect(code).toBe(1)
    expect(err).toContain('metadump not allowed')
  })

  it('ends with 4 where a server cannot be reached', async () => {
    const dead = await startMemcached()
    await dead.kill()

    expect((await runCommand(['keys', '-s', `127.0.0.1:${dead.port}`])).code).toBe(4)
  })
})

describe('reprise flush', () => {
  it('empties every server, when it is meant', async () => {
    await fill('k', 20)

    const unasked = await reprise(['flush'])
    expect([unasked.code, unasked.out]).toEqual([2, ''])
    expect((await client.getMany(names('k', 20))).size).toBe(20)

    const { code, out } = await reprise(['flush', '--yes'])

    expect([code, out.split('\n').filter((line) => / is empty\.$/.test(line)).length]).toEqual([
      0, 2,
    ])
    expect((await client.getMany(names('k', 20))).size).toBe(0)
  })

  it.each([
    ['one that does not allow it', ['-F'], 1],
    ['one that is dead', undefined, 4],
  ])('tells of %s', async (_, args, code) => {
    const server = await startMemcached(args ?? [])
    if (args === undefined) await server.kill()

    const ended = await runCommand(['flush', '--yes', '--json', '-s', `127.0.0.1:${server.port}`])

    expect(ended.code).toBe(code)
    expect(JSON.parse(ended.out).servers[0]).toMatchObject({ flushed: false })
    await server.kill()
  })
})

describe('reprise versions', () => {
  it('shows the alias, and counts its keys by version', async () => {
    const caches = createCaches({
      default: { backend: 'memcached', location: place, keyPrefix: 'shop', version: 2 },
    })
    await caches.default.setMany({ a: 1, b: 2 })
    await caches.default.set('c', 3, { version: 1 })
    await caches.close()
    await client.set('stranger', 'v')

    const args = ['versions', '--count', '--key-prefix', 'shop', '--key-version', '2']
    const { out } = await reprise(args)
    const json = await reprise([...args, '--json'])

    expect(out).toMatch(/^ALIAS .*\ndefault +memcached +shop +2 +5 min +2: 2, 1: 1\n$/)
    expect(JSON.parse(json.out).aliases).toEqual([
      {
        alias: 'default',
        backend: 'memcached',
        keyPrefix: 'shop',
        version: 2,
        ttl: 300,
        keys: { 2: 2, 1: 1 },
      },
    ])
  })

  it('ends what an alias holds, in all versions, and nothing else', async () => {
    const caches = createCaches({
      default: { backend: 'memcached', location: place, keyPrefix: 'shop' },
    })
    await caches.default.set('a', 1)
    await caches.default.set('b', 1, { version: 7 })
    await client.set('stranger', 'v')

    const unasked = await reprise(['versions', 'bump', 'default', '--key-prefix', 'shop'])
    expect([unasked.code, await caches.default.get('a')]).toEqual([2, 1])
    const done = await reprise(['versions', 'bump', 'default', '--key-prefix', 'shop', '--yes'])

    expect(done).toEqual({ code: 0, out: 'default holds nothing any more.\n', err: '' })
    expect([await caches.default.get('a'), await caches.default.get('b', { version: 7 })]).toEqual([
      undefined,
      undefined,
    ])
    expect(await client.get('stranger')).toBeDefined()
    await caches.close()
  })

  it('ends what a namespace holds, at once for other processes too', async () => {
    const caches = createCaches({
      default: { backend: 'memcached', location: place, keyPrefix: 'shop' },
    })
    const catalogue = caches.default.namespace('catalogue')
    await catalogue.set('a', 1)
    await caches.default.set('a', 2)
    expect(await catalogue.get('a')).toBe(1)

    const args = ['versions', 'bump', 'default', '--namespace', 'catalogue', '--key-prefix', 'shop']
    const { code, out } = await reprise([...args, '--yes', '--json'])

    expect([code, JSON.parse(out)]).toEqual([
      0,
      { schemaVersion: 1, alias: 'default', namespace: 'catalogue', cleared: true },
    ])
    expect([await catalogue.get('a'), await caches.default.get('a')]).toEqual([undefined, 2])
    await caches.close()
  })

  it.each([
    [['versions', 'bump'], 'versions takes nothing, or bump and the name of an alias.'],
    [['versions', 'raise', 'default'], 'versions takes nothing, or bump'],
    [['versions', 'bump', 'nope', '--yes'], 'There is no alias nope: it must be one of default.'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await reprise(args)

    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})

describe('reprise watch', () => {
  it('shows what is stored, until its time or count is over', async () => {
    const line = new CommandLine(systemClock, { env: { MEMCACHE_SERVERS: place } })
    const done = line.run('watch', 'mutations', '--json', '--limit', '1', '--seconds', '20')
    // The server takes up a watcher whenever its logger wakes.
    await eventually(async () => {
      await fill('k', 8)
      return line.out.includes('\n')
    })

    expect(await done).toBe(0)
    const [event] = line.out.split('\n')
    expect(JSON.parse(event ?? '')).toMatchObject({
      schemaVersion: 1,
      type: 'item_store',
      status: 'stored',
      key: expect.stringMatching(/^k\d$/),
      ttl: 600,
    })
  })

  it('ends with 130 when it is interrupted', async () => {
    const line = new CommandLine(systemClock, { env: { MEMCACHE_SERVERS: place } })
    const done = line.run('watch', '--seconds', '60')
    line.interrupt()

    expect([await done, line.err]).toEqual([130, ''])
  })

  it('knows what there is to watch', async () => {
    const { code, err } = await reprise(['watch', 'evictons'])

    expect([code, err.split('\n')[0]]).toEqual([
      2,
      'reprise: There is nothing to watch by the name evictons. Did you mean evictions?',
    ])
  })
})

describe('reprise hot', () => {
  it('counts reads and no writes, and says how much it saw', async () => {
    await client.set('hot', 'v')
    const line = new CommandLine(systemClock, { env: { MEMCACHE_SERVERS: place } })
    const done = line.run('hot', '--json', '--seconds', '3')
    let isOver = false
    void done.then(() => {
      isOver = true
    })
    while (!isOver) {
      for (let i = 0; i < 3; i++) await client.get('hot')
      await client.get('cold')
      await client.set('written', 'v')
      await systemClock.sleep(5)
    }

    expect(await done).toBe(0)
    const { keys, reads, sampleShare } = JSON.parse(line.out)
    expect(keys.map(({ key }: { key: string }) => key)).toEqual(['hot', 'cold'])
    expect(keys[0].reads / keys[1].reads).toBeCloseTo(3, 0)
    expect([keys[0].misses, keys[1].misses]).toEqual([0, keys[1].reads])
    expect(reads).toBe(keys[0].reads + keys[1].reads)
    expect(sampleShare).toBe(1)
  })
})

describe('reprise bench', () => {
  it('says in plain words how fast a server is, and leaves nothing', async () => {
    const args = ['bench', '-s', `127.0.0.1:${one.port}`, '--seconds', '0.6', '--value', '100']
    const { code, out } = await runCommand(args)
    const json = await runCommand([...args, '--json'])

    expect(code).toBe(0)
    expect(out).toMatch(/One get after the other takes \S+ (µs|ms); one in a hundred takes /)
    expect(out).toMatch(/A page that reads 20 values one after the other waits /)
    const { measured } = JSON.parse(json.out)
    expect(measured.map(({ name }: { name: string }) => name)).toEqual(['get', 'set', 'batched'])
    for (const { count, p50Ms, p99Ms } of measured) {
      expect(count).toBeGreaterThan(10)
      expect(p99Ms).toBeGreaterThanOrEqual(p50Ms)
      expect(p50Ms).toBeGreaterThan(0)
    }
    const left: string[] = []
    for await (const { key } of client.keys({ startsWith: 'reprise-bench:' })) left.push(key)
    expect(left).toEqual([])
  })

  it('is for one server', async () => {
    const { code, err } = await reprise(['bench', '--seconds', '1'])

    expect(code).toBe(2)
    expect(err).toContain('bench is for one server, and there are 2')
  })

  it('takes no longer than a minute', async () => {
    expect((await reprise(['bench', '--seconds', '61'])).code).toBe(2)
  })
})

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`).sort()
}

async function fill(prefix: string, count: number): Promise<void> {
  await client.setMany(
    names(prefix, count).map((name) => [name, 'value'] as const),
    { ttl: 600 },
  )
}

function reprise(args: readonly string[]) {
  return runCommand(args, { env: { MEMCACHE_SERVERS: place } })
}
