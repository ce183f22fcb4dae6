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
   * Gives versions to the tags that have none, reads those of `names`, which may be named when the
   * value is stored, and with `lateTags` reads what tells later of invalidations. To be called before
   * the computation starts. `undefined`: there is nothing to do.
   */
  prepare(
    lateTags: boolean,
    report: ReportTagFailure,
    names: readonly string[] = [],
  ): Promise<void> | undefined {
    const wanted =
      names.length === 0 ? this.#carried : this.#carried.concat(this.#scope.keysOf(names))
    const missing = wanted.filter((key) => this.#versions.get(key) === undefined)
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
      missing.length === 0 ? undefined : this.#readOrMake(missing),
      lateTags ? reads.readOrMake([counter]) : undefined,
    ])
    if (made !== undefined) this.#versions = new Map([...this.#versions, ...made.versions])
    this.#counter = counted?.versions.get(counter)
    const failure = made?.failure ?? counted?.failure
    if (failure !== undefined) report(failure.error)
  }

  /** What is known to have no version is not read again. */
  #readOrMake(keys: readonly string[]): Promise<TagRead> {
    const { reads } = this.#scope
    return keys.every((key) => this.#versions.has(key)) ? reads.make(keys) : reads.readOrMake(keys)
  }

  /**
   * The versions to store with the value; `'unknown'`: it must not be stored. Only late tags take
   * trips.
   */
  resolve(
    lateTags: readonly string[] | undefined,
    report: ReportTagFailure,
  ): ResolvedTags | Promise<ResolvedTags> {
    const known = this.known()
    if (lateTags === undefined || known === 'unknown') return known
    const versions = new Map(known)
    const late: string[] = []
    for (const key of this.#scope.keysOf(lateTags)) {
      const version = this.#versions.get(key)
      if (version === undefined) late.push(key)
      else versions.set(key, version)
    }
    if (late.length > 0) return this.#resolveLate(late, versions, report)
    return versions.size === 0 ? undefined : versions
  }

  /** The versions of the tags that were named when it was read; as {@link FillTags.resolve}. */
  known(): ResolvedTags {
    if (this.#carried.length === 0) return undefined
    const versions = new Map<string, string>()
    for (const key of this.#carried) {
      const version = this.#versions.get(key)
      if (version === undefined) return 'unknown'
      versions.set(key, version)
    }
    return versions
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

/** The tags of a value that is made of others: its own, and theirs with the versions they had. */
export function withCarried(own: ResolvedTags, carried: TagVersions): ResolvedTags {
  if (own === 'unknown') return 'unknown'
  const versions = new Map(own)
  for (const [key, version] of carried) {
    const known = versions.get(key)
    if (known !== undefined && known !== version) return 'unknown'
    versions.set(key, version)
  }
  return versions.size === 0 ? undefined : versions
}
