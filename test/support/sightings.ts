import { CacheError } from '../../src/errors.ts'
import type { Verdict } from './ledger.ts'

/** What loops of calls saw. */
export class Sightings {
  /** Answers that were right. */
  good = 0
  /** Misses where nothing was to be found. */
  missed = 0
  /** Misses where a value was due. */
  lost = 0
  /** Values that are not what was last stored under the key, whole. */
  readonly wrong: string[] = []
  /** Failures by code. */
  readonly failures = new Map<string, number>()
  /** Failures by server. */
  readonly servers = new Set<string>()
  /** Failures that are no `CacheError`, and of calls that must not fail. */
  readonly strange: unknown[] = []
  /** Of the client's calls, until they settled. */
  slowestMs = 0
  /** Of the cache's and the page cache's, which make several. */
  slowestCacheMs = 0
  /** Attempts to connect, by server: also of those that nobody accepts. */
  readonly connects = new Map<string, number>()
  /** Failures that the cache spared its caller and told on `reprise:error`. */
  told = 0

  judge(verdict: Verdict, what: string): void {
    if (verdict === 'wrong') this.wrong.push(what)
    else this[verdict]++
  }

  connecting(server: string): void {
    this.connects.set(server, (this.connects.get(server) ?? 0) + 1)
  }

  failed(error: unknown): void {
    if (!CacheError.is(error)) {
      this.strange.push(error)
      return
    }
    this.failures.set(error.code, (this.failures.get(error.code) ?? 0) + 1)
    if (error.server !== undefined) this.servers.add(error.server)
  }
}
