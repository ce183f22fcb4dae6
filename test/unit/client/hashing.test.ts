import { describe, expect, it } from 'vitest'
import { murmur3, Rendezvous } from '../../../src/client/hashing.ts'
import { MemcachedClient } from '../../../src/client/index.ts'

// What pymemcache 4.0 computes.
describe('murmur3', () => {
  it.each([
    ['', 0],
    ['a', 1_009_084_850],
    ['ab', 2_613_040_991],
    ['abc', 3_017_643_002],
    ['abcd', 1_139_631_978],
    ['127.0.0.1:11211-:1:answer', 488_737_683],
    ['127.0.0.1:11211-:1:blåbær', 4_076_541_903],
    ['127.0.0.1:11211-:1:清', 4_148_755_354],
    ['127.0.0.1:11211-:1:😀key', 402_824_387],
    ['x'.repeat(250), 2_082_806_562],
  ])('of %j is %d', (text, hash) => {
    expect(murmur3(text)).toBe(hash)
  })
})

describe('Rendezvous', () => {
  const nodes = ['127.0.0.1:21211', '127.0.0.1:21212', '127.0.0.1:21213']
  const placed = [
    [':1:answer', 0],
    [':1:a', 1],
    [':1:b', 1],
    [':2:answer', 2],
    ['shop:3:answer', 0],
    [':1:blåbær', 1],
    [':1:清', 2],
    [':1:😀key', 0],
  ] as const

  it.each(placed)('puts %s on server %d, as pymemcache does', (key, index) => {
    expect(new Rendezvous(nodes).indexOf(key)).toBe(index)
  })

  it('puts a key on the same server whatever the order of the servers', () => {
    const turned = [nodes[2], nodes[0], nodes[1]] as string[]
    for (const [key, index] of placed) {
      expect(turned[new Rendezvous(turned).indexOf(key)]).toBe(nodes[index])
    }
  })

  it('moves only the keys of the server that is taken away, and spreads evenly', () => {
    const three = new Rendezvous(nodes)
    const two = new Rendezvous(nodes.slice(0, 2))
    const counts = [0, 0, 0]
    for (let i = 0; i < 3000; i++) {
      const before = three.indexOf(`key:${i}`)
      counts[before] = (counts[before] ?? 0) + 1
      if (before < 2) expect(two.indexOf(`key:${i}`)).toBe(before)
    }

    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120)
  })

  it('chooses by the name of the node: no brackets, the default port', async () => {
    await using client = new MemcachedClient('[::1],10.0.0.2')

    expect(client.servers).toEqual(['[::1]:11211', '10.0.0.2:11211'])
    const rendezvous = new Rendezvous(['::1:11211', '10.0.0.2:11211'])
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
      expect(client.serverOf(key)).toBe(client.servers[rendezvous.indexOf(key)])
    }
  })
})
