import type { TagVersions } from './backend.ts'
import type { TagRead } from './tag-reads.ts'
import type { TagScope } from './tag-scope.ts'
import type { ReadVersions } from './tags.ts'

/** Takes note of a failure that keeps an entry from being stored. */
export type ReportTagFailure = (error: unknown) => void

/** `undefined`: it has no tags. `'unknown'`: it may have been invalidated meanwhile. */
export type ResolvedTags = TagVersions | 'unknown' | undefined

/**
 * The versions that the tags of a value had before its computation started: what is stored with it.
 *
 * Tags that become known only during the computation are stored with the versions that they have
 * then, if no tag of the alias was invalidated since before it.
 */
export class FillTags {
  readonly #scope: TagScope
  /** Of those known before. */
  readonly #carried: readonly string[]
  #versions: ReadVersions
  #counter: string | undefined

  constructor(scope: TagScope, carried: readonly string[], { versions }: TagRead) {
    this.#scope = scope
    this.#carried = carried
    this.#versions = versions
  }

  /**
   * Gives versions to the tags that have none, and with `lateTags` reads what tells later of
   * invalidations. To be called before the computation starts. `undefined`: there is nothing to do.
   */
  prepare(lateTags: boolean, report: ReportTagFailure): Promise<void> | undefined {
    const missing = this.#carried.filter((key) => this.#versions.get(key) === undefined)
    if (missing.length === 0 && !lateTags) return undefined
    return this.#prepare(missing, lateTags, report)
  }

  async #prepare(
    missing: readonly string[],
    lateTags: boolean,
    report: ReportTagFailure,
  ): Promise<void> {
    const { counter, reads } = this.#scope
    const [made, counted] = await Promise.all([
      missing.length === 0 ? undefined : reads.make(missing),
      lateTags ? reads.readOrMake([counter]) : undefined,
    ])
    if (made !== undefined) this.#versions = new Map([...this.#versions, ...made.versions])
    this.#counter = counted?.versions.get(counter)
    const failure = made?.failure ?? counted?.failure
    if (failure !== undefined) report(failure.error)
  }

  /**
   * The versions to store with the value; `'unknown'`: it must not be stored. Only late tags take
   * trips.
   */
  resolve(
    lateTags: readonly string[] | undefined,
    report: ReportTagFailure,
  ): ResolvedTags | Promise<ResolvedTags> {
    if (this.#carried.length === 0 && lateTags === undefined) return undefined
    const versions = new Map<string, string>()
    for (const key of this.#carried) {
      const version = this.#versions.get(key)
      if (version === undefined) return 'unknown'
      versions.set(key, version)
    }
    const late = this.#scope.keysOf(lateTags ?? []).filter((key) => !versions.has(key))
    if (late.length > 0) return this.#resolveLate(late, versions, report)
    return versions.size === 0 ? undefined : versions
  }

  async #resolveLate(
    late: readonly string[],
    versions: Map<string, string>,
    report: ReportTagFailure,
  ): Promise<ResolvedTags> {
    const { counter, reads } = this.#scope
    if (this.#counter === undefined) return 'unknown'
    const read = await reads.readOrMake(late)
    // Behind the versions: who invalidates a tag counts before he changes it.
    const counted = await reads.read([counter])
    const failure = read.failure ?? counted.failure
    if (failure !== undefined) report(failure.error)
    if (counted.versions.get(counter) !== this.#counter) return 'unknown'
    for (const key of late) {
      const version = read.versions.get(key)
      if (version === undefined) return 'unknown'
      versions.set(key, version)
    }
    return versions
  }
}
