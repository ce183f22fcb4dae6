import type { Entry, Found, LeaseRead, LeaseToken } from '../cache/backend.ts'
import { CacheError } from '../errors.ts'
import type { Seconds } from '../units.ts'
import { ageAt } from './entry-header.ts'
import type { KeyvItems } from './keyv-items.ts'

// Each turn means that this process changed the key while it was read.
const MAX_TURNS = 4

/** The leases of a `KeyvBackend`, of this process alone. */
export class KeyvLeases {
  readonly #items: KeyvItems
  /** Those that were won while there was a value. */
  readonly #overValues = new WeakSet<LeaseToken>()

  constructor(items: KeyvItems) {
    this.#items = items
  }

  async lease(key: string, leaseFor: Seconds): Promise<LeaseRead> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      const { read, isUndisturbed } = await this.#items.watch(key)
      if (read?.found.state === 'fresh') {
        return { found: read.found, token: undefined, hasFailed: false }
      }
      // What was just stored is read again: a lease on it would be one too many.
      if (!isUndisturbed) continue
      const { leases } = this.#items
      // Who failed asked to leave an old value as it is, and there is none any more.
      if (read === undefined && leases.hasFailed(key)) leases.cancel(key)
      return this.#win(key, read?.found, leaseFor)
    }
    return { found: undefined, token: undefined, hasFailed: false }
  }

  /** One round trip, with the value. */
  async leaseAgain(key: string, found: Found, leaseFor: Seconds): Promise<LeaseRead | 'changed'> {
    const { read, isUndisturbed } = await this.#items.watch(key)
    if (!isUndisturbed || read === undefined || read.found.mark !== found.mark) return 'changed'
    return this.#win(key, found, leaseFor)
  }

  renew(token: LeaseToken, leaseFor: Seconds): LeaseToken | undefined {
    return this.#items.leases.renew(token, leaseFor) ? token : undefined
  }

  async fill(token: LeaseToken, entry: Entry): Promise<boolean> {
    const { key } = token
    const { leases } = this.#items
    const stored = this.#items.encode(key, entry)
    // What took longer to compute than it lives must not cost the old value its place.
    if (ageAt(entry.createdAtMs, this.#items.now()) >= (entry.ttl + entry.staleFor) * 1000) {
      leases.end(token)
      return false
    }
    return this.#items.turn(key, async (turn) => {
      // Held until the value is there, so that nobody wins it in between.
      if (!leases.renew(token, this.#items.patience.timeout)) return false
      if (await turn.write(stored)) return true
      const message = 'The Keyv store declined a value: it is over its limit.'
      throw new CacheError('ERR_VALUE_TOO_LARGE', message)
    })
  }

  release(token: LeaseToken): void {
    this.#items.leases.end(token)
  }

  backOff(token: LeaseToken, seconds: Seconds): void {
    this.#items.leases.backOff(token, this.#overValues.has(token) ? seconds : 0)
  }

  #win(key: string, found: Found | undefined, leaseFor: Seconds): LeaseRead {
    const { leases } = this.#items
    const token = leases.win(key, leaseFor)
    if (token !== undefined && found !== undefined) this.#overValues.add(token)
    return { found, token, hasFailed: token === undefined && leases.hasFailed(key) }
  }
}
