/**
 * Caching for template engines that render synchronously, whatever their tags look like.
 *
 * A tag that awaits inside a template loses output in half of the engines, so nothing awaits here:
 * the whole template is rendered in passes. In a pass a fragment whose text is known is that text,
 * a fragment that this render may compute runs its body, and an unknown one leaves a hole. Between
 * two passes everything that was met goes out in one tick: reads of the holes, and writes of what
 * was rendered. The first pass without a hole is the page.
 *
 * @module
 */

import type { Cache } from '../cache/cache.ts'
import { fragmentChannel } from '../channels.ts'
import { FragmentSlot, type PlacedFragment } from './slot.ts'

/** Renders one page in passes. One object per render; {@link renderInPasses} drives it. */
export class Passes {
  readonly #slots = new Map<Cache, Map<string, FragmentSlot>>()
  #holes = 0
  #leavesHoles = true

  /** Whether the pass that has just ended left holes: if not, its output is the page. */
  get hasHoles(): boolean {
    return this.#holes > 0
  }

  /** Begins a pass. The `last` one leaves no holes: what is still unknown is rendered, not kept. */
  begin(last: boolean): void {
    this.#holes = 0
    this.#leavesHoles = !last
  }

  /** What to put in the place of a fragment. Called by the engine's tag, during a pass. */
  text(placed: PlacedFragment, body: () => string): string {
    if (placed.ttl <= 0) return body()
    const slot = this.#slot(placed)
    if (slot.state === 'text') return slot.text
    if (slot.state !== 'open' && this.#leavesHoles) {
      this.#holes += 1
      return ''
    }
    const text = runBody(slot, body)
    // A hole before or inside this body may have changed it: a template can carry text from one
    // place to another, by a set block or a macro. Such a text is neither kept nor used again.
    if (slot.state === 'open' && this.#holes === 0) {
      slot.state = 'text'
      slot.text = text
    }
    return text
  }

  /** Sends in one tick what the pass has rendered and, while it has holes, asks for their texts. */
  async settle(): Promise<void> {
    const slots = this.#all()
    const fills = slots.map((slot) => slot.fill())
    const reads = this.hasHoles ? slots.map((slot) => slot.read()) : []
    await allOrFirstError([...fills, ...reads])
    // Whoever holds a lease renders before it waits, so that two pages that won one half each of
    // the same fragments do not wait for each other. Who holds none has nothing better to do.
    if (!this.hasHoles || slots.some((slot) => slot.holdsLease)) return
    await allOrFirstError(slots.map((slot) => slot.read()))
  }

  /** Gives back the leases of fragments that were not rendered after all, and tells the channel. */
  async end(): Promise<void> {
    const slots = this.#all()
    await Promise.all(slots.map((slot) => slot.release()))
    if (!fragmentChannel.hasSubscribers) return
    await Promise.allSettled(slots.map((slot) => slot.publish()))
  }

  #slot(placed: PlacedFragment): FragmentSlot {
    let slots = this.#slots.get(placed.cache)
    if (slots === undefined) {
      slots = new Map()
      this.#slots.set(placed.cache, slots)
    }
    let slot = slots.get(placed.key)
    if (slot === undefined) {
      slot = new FragmentSlot(placed)
      slots.set(placed.key, slot)
    }
    return slot
  }

  #all(): FragmentSlot[] {
    return [...this.#slots.values()].flatMap((slots) => [...slots.values()])
  }
}

/**
 * Renders a page: runs `renderOnce` until a pass leaves no hole, and returns that pass's text.
 *
 * A cold page whose fragments nest n deep takes n + 1 passes, a warm one 2, a page without
 * fragments 1. What was rendered is stored before this resolves. If `renderOnce` rejects, what its
 * pass rendered is not stored, and all leases are given back.
 */
export async function renderInPasses(
  renderOnce: (passes: Passes) => Promise<string>,
  maxPasses: number,
): Promise<string> {
  const passes = new Passes()
  try {
    for (let pass = 1; ; pass += 1) {
      passes.begin(pass >= maxPasses)
      const text = await renderOnce(passes)
      await passes.settle()
      if (!passes.hasHoles) return text
    }
  } finally {
    await passes.end()
  }
}

function runBody(slot: FragmentSlot, body: () => string): string {
  try {
    return body()
  } catch (error) {
    slot.error = error
    throw error
  }
}

/** Waits for all, also when one rejects: a read that is still under way may win a lease. */
async function allOrFirstError(promises: readonly Promise<void>[]): Promise<void> {
  for (const settled of await Promise.allSettled(promises)) {
    if (settled.status === 'rejected') throw settled.reason
  }
}
