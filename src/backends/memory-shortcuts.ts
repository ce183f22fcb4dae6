import type { Slot } from './memory-slot.ts'

/** Where a slot is found without its whole key. */
export interface Shortcut {
  readonly start: string
  readonly key: string
}

/**
 * Slots by where their keys start and how they go on. A cache asks again and again with the same
 * start: to put the two together, and to hash the result, costs as much as the rest of a hit.
 *
 * It holds no slot that its backend does not.
 */
export class Shortcuts {
  readonly #starts = new Map<string, Map<string, Slot>>()
  // Of the last question.
  #start = ''
  #slots: Map<string, Slot> | undefined

  find(start: string, key: string): Slot | undefined {
    if (start !== this.#start) {
      this.#start = start
      this.#slots = this.#starts.get(start)
    }
    return this.#slots?.get(key)
  }

  add(start: string, key: string, slot: Slot): void {
    this.drop(slot)
    slot.shortcut = { start, key }
    const slots = this.#starts.get(start) ?? new Map<string, Slot>()
    if (slots.size === 0) this.#starts.set(start, slots)
    slots.set(key, slot)
    if (start === this.#start) this.#slots = slots
  }

  drop(slot: Slot): void {
    const { shortcut } = slot
    if (shortcut === undefined) return
    slot.shortcut = undefined
    const { start, key } = shortcut
    const slots = this.#starts.get(start)
    slots?.delete(key)
    if (slots?.size !== 0) return
    this.#starts.delete(start)
    if (start === this.#start) this.#slots = undefined
  }
}
