import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { chooseBy, HASHINGS } from '../../../src/client/hashing/hashing.ts'
import { md5Start, md5Words } from '../../../src/client/hashing/md5.ts'
import { MemcachedClient } from '../../../src/client/index.ts'
import { parseServers } from '../../../src/net/address.ts'

interface Vectors {
  readonly keys: readonly string[]
  readonly pools: readonly {
    readonly title: string
    readonly servers: readonly string[]
    /** `null`: pymemcache has no weights. */
    readonly rendezvous: readonly number[] | null
    readonly ketama: readonly number[]
  }[]
}

// Where the real libraries put each key; `scripts/hash-vectors.py` asked them.
const { keys, pools } = JSON.parse(
  readFileSync('test/fixtures/hash-vectors.json', 'utf8'),
) as Vectors

const many = Array.from({ length: 6000 }, (_, i) => `key:${i}`)

function shares(hashing: (typeof HASHINGS)[number], servers: string): number[] {
  const addresses = parseServers(servers)
  const choice = chooseBy(hashing, addresses)
  const counts = addresses.map(() => 0)
  for (const key of many) counts[choice.indexOf(key)] = (counts[choice.indexOf(key)] ?? 0) + 1
  return counts.map((count) => count / many.length)
}

describe('vectors of the real libraries', () => {
  it('are there', () => {
    expect(keys.length).toBeGreaterThan(250)
    expect(pools.length).toBeGreaterThan(12)
    expect(pools.filter(({ rendezvous }) => rendezvous === null).length).toBeLessThan(pools.length)
  })

  it.each(pools)('ketama puts keys where libmemcached does: $title', ({ servers, ketama }) => {
    const choice = chooseBy('ketama', parseServers(servers))

    expect(keys.map((key) => choice.indexOf(key))).toEqual(ketama)
  })

  const unweighted = pools.filter(({ rendezvous }) => rendezvous !== null)
  it.each(unweighted)('rendezvous puts keys where pymemcache does: $title', (pool) => {
    const choice = chooseBy('rendezvous', parseServers(pool.servers))

    expect(keys.map((key) => choice.indexOf(key))).toEqual(pool.rendezvous)
  })
})

describe('rendezvous', () => {
  it('puts a key on the same server whatever the order of the servers', () => {
    const servers = parseServers('a,b*2,c*3')
    const turned = [servers[2], servers[0], servers[1]] as typeof servers
    const choice = chooseBy('rendezvous', servers)
    const other = chooseBy('rendezvous', turned)

    for (const key of keys) expect(turned[other.indexOf(key)]).toBe(servers[choice.indexOf(key)])
  })

  it('gives equal weights the same place as no weights', () => {
    const bare = chooseBy('rendezvous', parseServers('a,b,c'))
    const equal = chooseBy('rendezvous', parseServers('a*9,b*9,c*9'))

    expect(keys.map((key) => equal.indexOf(key))).toEqual(keys.map((key) => bare.indexOf(key)))
  })

  it('moves keys only to the server whose weight grows', () => {
    const before = chooseBy('rendezvous', parseServers('a,b*2,c'))
    const after = chooseBy('rendezvous', parseServers('a,b*2,c*3'))
    const moved = many.filter((key) => before.indexOf(key) !== after.indexOf(key))

    expect(moved.length).toBeGreaterThan(many.length / 6)
    expect(moved.filter((key) => after.indexOf(key) !== 2)).toEqual([])
  })

  it('chooses the greater name where two score the same', () => {
    const twins = [
      { node: 'a', weight: 1 },
      { node: 'a', weight: 1 },
    ]
    expect(chooseBy('rendezvous', twins).indexOf('k')).toBe(0)
  })
})

describe.each(HASHINGS)('%s', (hashing) => {
  it('moves only the keys of the server that is taken away', () => {
    const three = chooseBy(hashing, parseServers('a,b,c'))
    const two = chooseBy(hashing, parseServers('a,b'))

    for (const key of many) {
      const before = three.indexOf(key)
      if (before < 2) expect(two.indexOf(key)).toBe(before)
    }
  })

  it.each([
    ['a,b,c', [1 / 3, 1 / 3, 1 / 3]],
    ['a,b*2,c*5', [1 / 8, 2 / 8, 5 / 8]],
  ])('spreads keys over %s by weight', (servers, expected) => {
    for (const [i, share] of shares(hashing, servers).entries()) {
      expect(Math.abs(share - (expected[i] ?? 0))).toBeLessThan(0.06)
    }
  })

  it('is what the client chooses by, by the name of the node', async () => {
    await using client = new MemcachedClient({ servers: '[::1],10.0.0.2*3', hashing })

    expect(client.servers).toEqual(['[::1]:11211', '10.0.0.2:11211'])
    const choice = chooseBy(hashing, [
      { node: '::1:11211', weight: 1 },
      { node: '10.0.0.2:11211', weight: 3 },
    ])
    for (const key of keys) expect(client.serverOf(key)).toBe(client.servers[choice.indexOf(key)])
  })
})

describe('md5', () => {
  it('is that of node:crypto, for texts of every length around its blocks and beyond', () => {
    const texts = Array.from({ length: 700 }, (_, i) => 'x'.repeat(i))
    for (const text of [...keys, ...texts, 'é'.repeat(500)]) {
      const digest = createHash('md5').update(text).digest()
      expect(md5Words(text)).toEqual([0, 4, 8, 12].map((at) => digest.readUInt32LE(at)))
      expect(md5Start(text)).toBe(digest.readUInt32LE(0))
    }
  })
})
