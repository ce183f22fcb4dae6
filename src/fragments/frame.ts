import type { TagVersions } from '../cache/backend.ts'
import type { Cache } from '../cache/cache.ts'
import { CacheError, shown } from '../errors.ts'
import type { Milliseconds } from '../units.ts'
import type { Hole, Part } from './content.ts'
import type { PlacedFragment } from './fragment-options.ts'

/** What a fragment tells the one around it. */
export interface Contained {
  readonly cache: Cache
  /** When its text is no longer fresh; 0: it is not. */
  readonly expiresAtMs: Milliseconds
  /** The versions its tags had before it was rendered; `'unknown'`: nobody can say. */
  readonly tags: TagVersions | 'unknown' | undefined
}

/** One body that is being rendered, and what it has come to contain. */
export class Frame {
  readonly cache: Cache
  readonly parent: Frame | undefined
  readonly #placed: PlacedFragment
  readonly #holes: ReadonlySet<string>
  /** When the first of what it contains is no longer fresh. */
  expiresAtMs: Milliseconds = Infinity
  /** Of what it contains in its own cache. */
  tags: Map<string, string> | 'unknown' | undefined

  /** `holes`: names of those that whoever reads the fragment can fill. */
  constructor(placed: PlacedFragment, holes: Iterable<string>, parent: Frame | undefined) {
    this.cache = placed.cache
    this.parent = parent
    this.#placed = placed
    this.#holes = new Set(holes)
    for (let around = parent; around !== undefined; around = around.parent) {
      if (around.#isOf(placed)) throw ownContent(placed.name)
    }
  }

  get isKept(): boolean {
    return this.#placed.ttl > 0
  }

  #isOf({ cache, key, version }: PlacedFragment): boolean {
    const mine = this.#placed
    return mine.cache === cache && mine.key === key && mine.version === version
  }

  add({ cache, expiresAtMs, tags }: Contained): void {
    this.expiresAtMs = Math.min(this.expiresAtMs, expiresAtMs)
    // A tag of another alias is another tag, in another place.
    if (cache !== this.cache || tags === undefined || this.tags === 'unknown') return
    if (tags === 'unknown') {
      this.tags = tags
      return
    }
    this.tags ??= new Map()
    for (const [key, version] of tags) {
      const known = this.tags.get(key)
      if (known !== undefined && known !== version) {
        this.tags = 'unknown'
        return
      }
      this.tags.set(key, version)
    }
  }

  /** Refuses what a hit could not fill: its body does not run then. */
  checkHoles(parts: readonly Part[]): void {
    for (const part of parts) {
      if (typeof part !== 'string' && !this.#holes.has(part.hole))
        throw foreignHole(this.#placed.name, part)
    }
  }
}

function ownContent(name: string): CacheError {
  const message = `The fragment ${shown(name)} contains itself: an inner one needs a name or vary values of its own.`
  return new CacheError('ERR_TEMPLATE', message)
}

function foreignHole(name: string, { hole }: Hole): CacheError {
  const message = `The fragment ${shown(name)} holds the uncached part ${shown(hole)}, which is not its own: a hit could not render it. Uncached parts must be written inside the outermost fragment, in its own template.`
  return new CacheError('ERR_TEMPLATE', message)
}

export function missingHole(name: string, { hole }: Hole): CacheError {
  const message = `Nothing renders the uncached part ${shown(hole)} of the fragment ${shown(name)}.`
  return new CacheError('ERR_TEMPLATE', message)
}
