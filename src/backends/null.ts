import type { Backend, Entry, Found, LeaseRead, LeaseToken } from '../cache/backend.ts'

/**
 * Keeps nothing and says so as Django's dummy does: every write succeeds, every read misses. For
 * development, and for switching a cache off without touching the code that uses it.
 */
export class NullBackend implements Backend {
  readonly name = 'null'

  async get(): Promise<Found | undefined> {
    return undefined
  }

  async getMany(): Promise<Map<string, Found>> {
    return new Map()
  }

  async set(): Promise<boolean> {
    return true
  }

  async setMany(): Promise<string[]> {
    return []
  }

  async add(): Promise<boolean> {
    return true
  }

  async delete(): Promise<boolean> {
    return false
  }

  async deleteMany(): Promise<number> {
    return 0
  }

  async touch(): Promise<boolean> {
    return false
  }

  /** Knows no number; not even `initial` makes one, as nothing is kept. */
  async incr(): Promise<bigint | undefined> {
    return undefined
  }

  async invalidate(): Promise<boolean> {
    return false
  }

  async lease(key: string): Promise<LeaseRead> {
    return { found: undefined, token: { key } }
  }

  async leaseAgain(): Promise<LeaseRead | 'changed'> {
    return 'changed'
  }

  async renew(token: LeaseToken): Promise<LeaseToken | undefined> {
    return token
  }

  async fill(_token: LeaseToken, _entry: Entry): Promise<boolean> {
    return false
  }

  async release(): Promise<void> {}

  async backOff(): Promise<void> {}

  async clear(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
