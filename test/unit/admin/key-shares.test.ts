import { describe, expect, it } from 'vitest'
import { KeyShares } from '../../../src/admin/screens/key-shares.ts'
import { chooseBy, type Hashing } from '../../../src/client/hashing/hashing.ts'

describe('KeyShares', () => {
  it.each(['rendezvous', 'ketama'] as const)(
    'hands all keys of a leaving server to the others: %s',
    (hashing) => {
      const client = choosing(hashing, ['a:1', 'b:1', 'c:1'], [1, 1, 1])
      const shares = new KeyShares()
      const share = shares.of({ client, name: 'a:1' }) ?? 0
      const receivers = shares.receiversOf({ client, name: 'a:1' }) ?? []

      expect(receivers.map(({ server }) => server).sort()).toEqual(['b:1', 'c:1'])
      expect(receivers.reduce((sum, one) => sum + one.share, 0)).toBeCloseTo(share, 10)
      expect(share).toBeGreaterThan(0.2)
    },
  )

  it('gives the heavier server more', () => {
    const client = choosing('rendezvous', ['a:1', 'b:1', 'c:1'], [1, 1, 8])

    const receivers = new KeyShares().receiversOf({ client, name: 'a:1' })

    expect(receivers?.map(({ server }) => server)).toEqual(['c:1', 'b:1'])
  })

  it('knows an IPv6 address by what is hashed of it', () => {
    const client = choosing('rendezvous', ['[::1]:1', 'b:1'], [1, 1])

    const receivers = new KeyShares().receiversOf({ client, name: 'b:1' })

    expect(receivers?.map(({ server }) => server)).toEqual(['[::1]:1'])
  })

  it('says nothing of a client whose rule it does not know, nor of a server alone', () => {
    const servers = ['a:1', 'b:1']
    const odd = {
      servers,
      weights: [1, 1],
      serverOf: (key: string) => servers[key.length % 2] ?? '',
    }
    const alone = choosing('rendezvous', ['a:1'], [1])
    const shares = new KeyShares()

    expect(shares.receiversOf({ client: odd, name: 'a:1' })).toBeNull()
    expect(shares.receiversOf({ client: alone, name: 'a:1' })).toBeNull()
    expect(shares.of({ client: alone, name: 'a:1' })).toBe(1)
  })

  it('says nothing before servers are discovered', () => {
    const client = choosing('rendezvous', [], [])

    expect(new KeyShares().of({ client, name: 'a:1' })).toBeNull()
  })
})

function choosing(hashing: Hashing, servers: readonly string[], weights: readonly number[]) {
  const nodes = servers.map((name, i) => ({
    node: name.replace('[::1]', '::1'),
    weight: weights[i] ?? 1,
  }))
  const choice = chooseBy(hashing, nodes)
  return { servers, weights, serverOf: (key: string) => servers[choice.indexOf(key)] ?? '' }
}
