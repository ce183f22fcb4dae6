import { type Choice, chooseBy, HASHINGS, type Weighted } from '../../client/hashing/hashing.ts'
import type { KeyReceiver } from '../api/servers.ts'
import type { AdminServer } from '../parts.ts'

const SHARE_KEYS = 10_000

/** What chooses a server for a key, as far as it is asked here. */
export type KeyChoice = Pick<AdminServer['client'], 'servers' | 'weights' | 'serverOf'>

interface Named extends Weighted {
  readonly name: string
}

interface Measured {
  /** The servers and weights that it was measured with. */
  readonly of: string
  readonly keysOf: ReadonlyMap<string, readonly string[]>
  /** Among fewer servers; `undefined`: the client chooses by a rule that is not known here. */
  readonly chooseAmong: ((servers: readonly Named[]) => Choice) | undefined
  readonly receivers: Map<string, readonly KeyReceiver[]>
}

/** Which server has how many of the keys, as its client chooses; by measure, and kept while nothing moves. */
export class KeyShares {
  readonly #kept = new WeakMap<object, Measured>()

  of({ client, name }: { readonly client: KeyChoice; readonly name: string }): number | null {
    const measured = this.#measure(client)
    if (measured === undefined) return null
    return (measured.keysOf.get(name)?.length ?? 0) / SHARE_KEYS
  }

  /**
   * Who gets the keys of a server that is taken out of the list, the most first. `null`: it is the
   * only one, or it is not known.
   */
  receiversOf({
    client,
    name,
  }: {
    readonly client: KeyChoice
    readonly name: string
  }): readonly KeyReceiver[] | null {
    const measured = this.#measure(client)
    if (measured?.chooseAmong === undefined || client.servers.length < 2) return null
    const known = measured.receivers.get(name)
    if (known !== undefined) return known
    const left = weighted(client).filter((other) => other.name !== name)
    const choice = measured.chooseAmong(left)
    const counts = new Map(left.map((other) => [other.name, 0]))
    for (const key of measured.keysOf.get(name) ?? []) {
      const to = left[choice.indexOf(key)]?.name ?? ''
      counts.set(to, (counts.get(to) ?? 0) + 1)
    }
    const found = [...counts]
      .map(([server, count]) => ({ server, share: count / SHARE_KEYS }))
      .sort((a, b) => b.share - a.share)
    measured.receivers.set(name, found)
    return found
  }

  #measure(client: KeyChoice): Measured | undefined {
    const { servers, weights } = client
    if (servers.length === 0) return undefined
    const of = JSON.stringify([servers, weights])
    const kept = this.#kept.get(client)
    if (kept?.of === of) return kept
    const keysOf = new Map<string, string[]>()
    for (let i = 0; i < SHARE_KEYS; i++) {
      const key = `share:${i}`
      const server = client.serverOf(key)
      const keys = keysOf.get(server)
      if (keys === undefined) keysOf.set(server, [key])
      else keys.push(key)
    }
    const measured = { of, keysOf, chooseAmong: ruleOf(client, keysOf), receivers: new Map() }
    this.#kept.set(client, measured)
    return measured
  }
}

/** A client does not tell how it hashes: the rule is the one that puts every key where it does. */
function ruleOf(
  client: KeyChoice,
  keysOf: ReadonlyMap<string, readonly string[]>,
): Measured['chooseAmong'] {
  const servers = weighted(client)
  const hashing = HASHINGS.find((rule) => {
    const choice = chooseBy(rule, servers)
    return [...keysOf].every(([server, keys]) => {
      return keys.every((key) => servers[choice.indexOf(key)]?.name === server)
    })
  })
  return hashing === undefined ? undefined : (left) => chooseBy(hashing, left)
}

function weighted({ servers, weights }: KeyChoice): Named[] {
  return servers.map((name, i) => {
    // Hashed without the brackets that an IPv6 address is shown with.
    return { name, node: name.replace(/^\[(.*)\]:/, '$1:'), weight: weights[i] ?? 1 }
  })
}
