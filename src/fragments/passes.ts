/**
 * Caching for template engines that render synchronously, whatever their tags look like.
 *
 * A tag that awaits inside a template loses output in half of the engines, so nothing awaits here:
 * the whole template is rendered in passes. In a pass a fragment whose text is known is that text,
 * a fragment that this render may compute runs its body, and an unknown one leaves a gap. Between
 * two passes everything that was met goes out in one tick: reads of what is unknown, and writes of
 * what was rendered. The first pass without a gap is the page.
 *
 * @module
 */

import type { Cache } from '../cache/cache.ts'
import { fragmentChannel } from '../channels.ts'
import type { HoleValues, Part } from './content.ts'
import type { PlacedFragment } from './fragment-options.ts'
import { Frame, missingHole } from './frame.ts'
import type { PageMemory, ReadAhead } from './page-memory.ts'
import { Placeholders } from './placeholders.ts'
import { currentScope, type Scope } from './scope.ts'
import { FragmentSlot } from './slot.ts'
import { waitForOthers } from './waiting.ts'

/** Renders an uncached part, with the values that it was given where it stood. */
export type HoleBody = (values: HoleValues) => string

/** The uncached parts that a place can fill, by name. */
export type HoleBodies = ReadonlyMap<string, HoleBody>

const NO_HOLES: HoleBodies = new Map()

/** Renders one page in passes. One object per render; {@link renderInPasses} drives it. */
export class Passes {
  readonly #slots = new Map<Cache, Map<string, FragmentSlot>>()
  /** All of them, as they were met. */
  readonly #met: FragmentSlot[] = []
  readonly #placeholders = new Placeholders()
  /** The fragment around the whole page, where the page is rendered inside one. */
  readonly #scope: Scope | undefined
  /** Of the body that runs at this moment. */
  #frame: Frame | undefined
  /** On the page itself, in no other; and those that are rendered each time. Of this pass. */
  #outermost = new Set<FragmentSlot>()
  #unkept: FragmentSlot[] = []
  #gaps = 0
  #busyGaps = 0
  #leavesGaps = true
  #ahead: ReadAhead | undefined
  #memory: PageMemory | undefined

  constructor() {
    this.#scope = currentScope()
  }

  /** Whether the pass that has just ended left gaps: if not, its output is the page. */
  get hasGaps(): boolean {
    return this.#gaps > 0
  }

  /** What the same page will ask for next time, if nothing changes: those in a kept one are not met. */
  get asked(): PlacedFragment[] {
    const asked: PlacedFragment[] = []
    for (const slot of this.#outermost) {
      if (!slot.isKept) return this.#met.map(({ placed }) => placed)
      asked.push(slot.placed)
    }
    return asked
  }

  /** Reads what the page is expected to have, before its first pass. */
  async readAhead(memory: PageMemory): Promise<void> {
    this.#memory = memory
    this.#ahead = await memory.readAhead()
  }

  /** Begins a pass. The `last` one leaves no gaps: what is still unknown is rendered, not kept. */
  begin(last: boolean): void {
    this.#gaps = 0
    this.#busyGaps = 0
    this.#leavesGaps = !last
    this.#outermost = new Set()
    this.#unkept = []
  }

  /**
   * What to put in the place of a fragment. Called by the engine's tag, during a pass. `holes` are
   * its uncached parts, and those of all that its own template writes inside it.
   */
  text(placed: PlacedFragment, body: () => string, holes: HoleBodies = NO_HOLES): string {
    const slot = placed.ttl <= 0 ? this.#unkeptSlot(placed, holes) : this.#slot(placed, holes)
    const isKnown = slot.state === 'text' || this.#mayRun(slot)
    if (!isKnown) {
      this.#gaps += 1
      if (slot.state === 'busy' || slot.state === 'open') this.#busyGaps += 1
      return ''
    }
    const parts = slot.state === 'text' ? slot.parts : this.#run(slot, body, holes)
    if (this.#frame === undefined) this.#outermost.add(slot)
    else this.#contain(this.#frame, slot)
    return this.#shown(placed, parts, holes)
  }

  /**
   * What to put in the place of an uncached part. `undefined`: it stands in no cached body, so the
   * caller renders it.
   */
  hole(name: string, values: HoleValues = {}): string | undefined {
    return this.#frame === undefined ? undefined : this.#placeholders.mark({ hole: name, values })
  }

  /** Sends in one tick what the pass has rendered and, while it has gaps, asks for their texts. */
  async settle(): Promise<void> {
    // From here on leases are won, and what is stored under one must be read no earlier.
    this.#ahead = undefined
    const slots = this.#met
    const held = slots.filter((slot) => slot.holdsLease)
    const noted = this.hasGaps ? slots.filter(({ state }) => state === 'noted') : []
    const sent = [...held.map((slot) => slot.fill()), ...noted.map((slot) => slot.read())]
    if (sent.length > 0) await allOrFirstError(sent)
    const busy = slots.filter(({ state }) => state === 'busy')
    if (!this.hasGaps || busy.length === 0) return
    const holding = slots.filter((slot) => slot.holdsLease)
    if (holding.length === 0) {
      // Who holds nothing keeps nobody waiting, and has nothing better to do.
      await waitForOthers(busy)
    } else if (holding.every((slot) => held.includes(slot))) {
      // What was won can only be stored once the others are known, and they may be held by a page
      // that is in want of these: nobody waits while others wait for him.
      for (const slot of busy) slot.state = 'open'
    }
  }

  /** Gives back the leases of fragments that were not rendered after all, and tells the channel. */
  async end(): Promise<void> {
    const slots = this.#met
    const held = slots.filter((slot) => slot.holdsLease)
    if (held.length > 0) await Promise.all(held.map((slot) => slot.release()))
    for (const slot of this.#outermost) this.#scope?.frame.add(slot)
    if (!fragmentChannel.hasSubscribers) return
    await Promise.allSettled([...slots, ...this.#unkept].map((slot) => slot.publish()))
  }

  #contain(frame: Frame, slot: FragmentSlot): void {
    // Both may have been deleted between the read ahead and the lease: the text in it would be back.
    const isOld = slot.isReadAhead && frame.isKept
    if (isOld) this.#memory?.distrust()
    frame.add(isOld ? { cache: slot.cache, expiresAtMs: 0, tags: undefined } : slot)
  }

  #mayRun(slot: FragmentSlot): boolean {
    if (!this.#leavesGaps) return true
    // Behind a gap that stays for another pass it could not be kept. Behind one that is about to be
    // read it runs all the same: what it contains is read in the same trip.
    return slot.state === 'open' && !(slot.holdsLease && this.#busyGaps > 0)
  }

  #run(slot: FragmentSlot, body: () => string, holes: HoleBodies): readonly Part[] {
    const { placed } = slot
    const outer = this.#frame
    const frame = new Frame(placed, holes.keys(), outer ?? this.#scope?.frame)
    this.#frame = frame
    let text: string
    try {
      text = slot.run(body)
    } finally {
      this.#frame = outer
    }
    const parts = this.#placeholders.split(text)
    if (placed.ttl <= 0) slot.passOn(parts)
    // A gap before or inside this body may have changed it: a template can carry text from one
    // place to another, by a set block or a macro. Such a text is neither kept nor used again.
    else if (this.#gaps === 0) {
      frame.checkHoles(parts)
      slot.finish(parts, frame)
    }
    return parts
  }

  #shown(placed: PlacedFragment, parts: readonly Part[], holes: HoleBodies): string {
    let text = ''
    for (const part of parts) {
      if (typeof part === 'string') text += part
      else if (this.#frame !== undefined) text += this.#placeholders.mark(part)
      else if (this.#scope !== undefined) text += this.#scope.hole(part.hole, part.values)
      else {
        const body = holes.get(part.hole)
        if (body === undefined) throw missingHole(placed.name, part)
        text += body(part.values)
      }
    }
    return text
  }

  #slot(placed: PlacedFragment, holes: HoleBodies): FragmentSlot {
    const { cache, key, version } = placed
    let slots = this.#slots.get(cache)
    if (slots === undefined) {
      slots = new Map()
      this.#slots.set(cache, slots)
    }
    const name = version === undefined ? key : `${version}:${key}`
    let slot = slots.get(name)
    if (slot === undefined) {
      slot = new FragmentSlot(placed, namesOf(holes))
      this.#ahead?.handTo(slot)
      slots.set(name, slot)
      this.#met.push(slot)
    }
    return slot
  }

  #unkeptSlot(placed: PlacedFragment, holes: HoleBodies): FragmentSlot {
    const slot = new FragmentSlot(placed, namesOf(holes))
    slot.state = 'open'
    this.#unkept.push(slot)
    return slot
  }
}

/**
 * Renders a page: runs `renderOnce` until a pass leaves no gap, and returns that pass's text.
 *
 * A cold page whose fragments nest n deep takes n + 1 passes, a warm one 2, a page without
 * fragments 1, and so does a warm one that has what its `memory` of the last time expects. What was rendered is stored before this resolves. If `renderOnce` rejects, what its
 * pass rendered is not stored, and all leases are given back.
 */
export async function renderInPasses(
  renderOnce: (passes: Passes) => string | Promise<string>,
  maxPasses: number,
  memory?: PageMemory,
): Promise<string> {
  const passes = new Passes()
  try {
    if (memory !== undefined) await passes.readAhead(memory)
    for (let pass = 1; ; pass += 1) {
      passes.begin(pass >= maxPasses)
      const text = await renderOnce(passes)
      await passes.settle()
      if (passes.hasGaps) continue
      memory?.learn(passes.asked)
      return text
    }
  } finally {
    await passes.end()
  }
}

function namesOf(holes: HoleBodies): Iterable<string> | undefined {
  return holes.size === 0 ? undefined : holes.keys()
}

/** Waits for all, also when one rejects: a read that is still under way may win a lease. */
async function allOrFirstError(promises: readonly Promise<void>[]): Promise<void> {
  for (const settled of await Promise.allSettled(promises)) {
    if (settled.status === 'rejected') throw settled.reason
  }
}
