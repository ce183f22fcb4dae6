import type { CasToken, MemcachedClient, MetaGetReply } from '../client/index.ts'
import type { Seconds } from '../units.ts'

/** What a companion told who asked for it. */
export interface Companion {
  /** Of the companion, where the one who asked may take it. */
  readonly cas: CasToken | undefined
  /** Nobody had it, so that it belongs to the one who asked. */
  readonly won: boolean
  /** The version of the value whose computation failed; it may be another by now. */
  readonly failedOver: string | undefined
}

const PREFIX = 'reprise#lease:'
const EMPTY = Buffer.alloc(0)

// The server counts in ticks of whole seconds: what is to live for 1 may be gone at once.
export const EARLY: Seconds = 1

/**
 * The companion of a key that holds a value: an item of its own on the same server, for as long as
 * somebody computes that value anew. It is empty then. After a computation that failed it names the
 * version of the value, and belongs to nobody.
 *
 * Source of the mechanism: memcached doc/protocol.txt, "Meta Get", flags `N` and `c`.
 */
export class Companions {
  readonly #client: MemcachedClient

  constructor(client: MemcachedClient) {
    this.#client = client
  }

  async ask(key: string, leaseFor: Seconds): Promise<Companion> {
    const reply = await this.#client.metaGet(PREFIX + key, {
      value: true,
      cas: true,
      vivify: leaseFor + EARLY,
      routeKey: key,
    })
    if (reply.kind === 'miss') return { cas: undefined, won: false, failedOver: undefined }
    return { cas: reply.cas, won: reply.won, failedOver: failureIn(reply) }
  }

  /** Takes, or keeps, the companion for `leaseFor`. `undefined`: somebody changed it first. */
  async hold(key: string, cas: CasToken, leaseFor: Seconds): Promise<CasToken | undefined> {
    const reply = await this.#client.metaSet(PREFIX + key, EMPTY, {
      ttl: leaseFor + EARLY,
      compareCas: cas,
      returnCas: true,
      routeKey: key,
    })
    return reply.kind === 'stored' ? reply.cas : undefined
  }

  /** Leaves word for `seconds` that computing this version of the value failed. */
  async fail(key: string, cas: CasToken, version: CasToken, seconds: Seconds): Promise<void> {
    await this.#client.metaSet(PREFIX + key, `${version.value}`, {
      ttl: seconds + EARLY,
      compareCas: cas,
      routeKey: key,
    })
  }

  async release(key: string, cas: CasToken): Promise<void> {
    await this.#client.metaDelete(PREFIX + key, { compareCas: cas, routeKey: key })
  }
}

function failureIn(reply: MetaGetReply): string | undefined {
  if (reply.kind === 'miss' || reply.value === undefined || reply.value.length === 0) {
    return undefined
  }
  return reply.value.toString('latin1')
}
