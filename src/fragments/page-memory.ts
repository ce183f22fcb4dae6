import { LRUCache } from 'lru-cache'
import type { Found } from '../cache/backend.ts'
import type { Cache } from '../cache/cache.ts'
import type { Version } from '../cache/keys.ts'
import type { Milliseconds } from '../units.ts'
import type { PlacedFragment } from './fragment-options.ts'
import type { FragmentSlot } from './slot.ts'

// A page with more is rendered as if nothing were remembered: its read could not be bounded.
const MAX_FRAGMENTS = 1000
// Of all pages of one engine: some MB.
const MAX_REMEMBERED = 20_000
// So many renders in a row that a read ahead would have served, after one that it did not.
const TRUSTED_AFTER = 2

/** The keys of one cache and version, as one read asks for them. */
interface Ask {
  readonly cache: Cache
  readonly version: Version | undefined
  readonly keys: string[]
}

/** What came of an {@link Ask}. */
interface Answer extends Ask {
  readonly found: ReadonlyMap<string, Found>
  readonly readAtMs: Milliseconds
}

const NOTHING: ReadonlyMap<string, Found> = new Map()

/** Wins no lease. What cannot be had is asked for again where it is met, and fails there. */
async function answerOf(ask: Ask): Promise<Answer> {
  const { cache, keys, version } = ask
  const found = await cache.readFresh(keys, version).catch(() => NOTHING)
  return { ...ask, found, readAtMs: cache.clock.now() }
}

/** What was found of the fragments that a page was expected to have. */
export class ReadAhead {
  readonly #answers: readonly Answer[]

  constructor(answers: readonly Answer[]) {
    this.#answers = answers
  }

  get isEmpty(): boolean {
    return this.#answers.every(({ found }) => found.size === 0)
  }

  /** Hands over what was found of a fragment, if anything. */
  handTo(slot: FragmentSlot): void {
    const { cache, key, version } = slot.placed
    for (const answer of this.#answers) {
      if (answer.cache !== cache || answer.version !== version) continue
      const found = answer.found.get(key)
      if (found !== undefined) slot.takeAhead(found, answer.readAtMs)
    }
  }
}

/** What one page had when it was rendered last, and whether that tells what it will have next. */
export class PageMemory {
  #last: readonly PlacedFragment[] | undefined
  #asks: readonly Ask[] = []
  #served = TRUSTED_AFTER
  readonly #keep: () => void

  /** `keep`: called when what it remembers has become another number. */
  constructor(keep: () => void) {
    this.#keep = keep
  }

  /** How many fragments it remembers. */
  get size(): number {
    return this.#last?.length ?? 0
  }

  /** Reads what the page is expected to have. `undefined`: nothing is expected. */
  async readAhead(): Promise<ReadAhead | undefined> {
    if (this.#asks.length === 0 || this.#served < TRUSTED_AFTER) return undefined
    const ahead = new ReadAhead(await Promise.all(this.#asks.map(answerOf)))
    // Cold, or an outage: the next page is spared the trip.
    if (ahead.isEmpty) this.distrust()
    return ahead
  }

  /** Expects nothing, until so many renders in a row were alike. */
  distrust(): void {
    this.#served = 0
  }

  /** Takes note of what a render has met, in the order in which it did. */
  learn(met: readonly PlacedFragment[]): void {
    const last = this.#last
    if (last !== undefined && isSameList(last, met)) {
      this.#served = Math.min(this.#served + 1, TRUSTED_AFTER)
      return
    }
    const isServed = last === undefined || wouldServe(last, met)
    this.#served = isServed ? Math.min(this.#served + 1, TRUSTED_AFTER) : 0
    const { size } = this
    const isBounded = met.length <= MAX_FRAGMENTS
    this.#last = isBounded ? met : undefined
    this.#asks = isBounded ? asksFor(met) : []
    if (last === undefined || this.size !== size) this.#keep()
  }
}

/** What the pages of one engine had when they were rendered last, by what their callers call them. */
export class PageMemories {
  readonly #pages = new LRUCache<string, PageMemory>({
    maxSize: MAX_REMEMBERED,
    sizeCalculation: ({ size }) => size + 1,
  })

  of(page: string): PageMemory {
    const known = this.#pages.get(page)
    if (known !== undefined) return known
    const made: PageMemory = new PageMemory(() => this.#pages.set(page, made))
    return made
  }
}

function isSame(one: PlacedFragment, other: PlacedFragment | undefined): boolean {
  return (
    one === other ||
    (one.key === other?.key && one.cache === other.cache && one.version === other.version)
  )
}

function isSameList(last: readonly PlacedFragment[], met: readonly PlacedFragment[]): boolean {
  return last.length === met.length && last.every((one, i) => isSame(one, met[i]))
}

/**
 * Whether reading `last` ahead would have done for `met`: with one that is not among them a pass more
 * is needed all the same, and a trip more than without; and half of what is read is to be of use.
 */
function wouldServe(last: readonly PlacedFragment[], met: readonly PlacedFragment[]): boolean {
  if (met.length * 2 < last.length) return false
  const byKey = new Map(last.map((placed) => [placed.key, placed]))
  return met.every((placed) => isSame(placed, byKey.get(placed.key)))
}

function asksFor(met: readonly PlacedFragment[]): Ask[] {
  const asks: Ask[] = []
  for (const { cache, key, version } of met) {
    let ask = asks.find((one) => one.cache === cache && one.version === version)
    if (ask === undefined) {
      ask = { cache, version, keys: [] }
      asks.push(ask)
    }
    ask.keys.push(key)
  }
  return asks
}
