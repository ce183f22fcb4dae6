/**
 * Whose turn it is to render a page: one request's, while the others wait for a bounded time.
 *
 * @module
 */

import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'
import { Leader, type Leaders } from './leaders.ts'
import type { Learnt } from './learnt.ts'
import type { StoredPage } from './page-entry.ts'
import type { PageRead, PageReader } from './page-read.ts'
import type { PageAddress } from './page-slot.ts'

type Lead = Extract<PageRead, { kind: 'lead' }>

/** A {@link PageRead}; whoever leads must end its `leader`, or others wait in vain. */
export type PageTurn = Exclude<PageRead, Lead> | (Lead & { readonly leader: Leader })

export class PageQueue {
  readonly #reader: PageReader
  readonly #leaders: Leaders
  readonly #learnt: Learnt
  readonly #clock: Clock

  constructor(reader: PageReader, leaders: Leaders, learnt: Learnt, clock: Clock) {
    this.#reader = reader
    this.#leaders = leaders
    this.#learnt = learnt
    this.#clock = clock
  }

  /**
   * Finds a page or a turn. `group` names the requests that would not have to wait for each other
   * if one of them was answered with something that cannot be stored. `waitsFor` tells of a stale
   * page whether it is of no use meanwhile.
   */
  async find(
    address: PageAddress,
    group: string,
    waitMs: Milliseconds,
    waitsFor: (page: StoredPage) => boolean,
  ): Promise<PageTurn> {
    const until = this.#clock.monotonic() + waitMs
    for (;;) {
      const leftMs = this.#learnt.isUnstorable(group) ? 0 : until - this.#clock.monotonic()
      const ahead = leftMs > 0 ? this.#leaders.get(address.base) : undefined
      if (ahead !== undefined) {
        await this.#leaders.wait(ahead, leftMs)
        continue
      }
      const read = await this.#reader.read(address, 'lease')
      if (read.kind === 'lead') return { ...read, leader: this.#leaderOf(read, waitsFor) }
      if (read.kind === 'hit' && read.state === 'stale' && leftMs > 0 && waitsFor(read.page)) {
        const refresher = this.#leaders.get(read.slot.key)
        // Of another process: this request asks for itself, and stores nothing.
        if (refresher === undefined) return read
        await this.#leaders.wait(refresher, leftMs)
        continue
      }
      if (read.kind !== 'busy' || leftMs <= 0) return read
      const leader = this.#leaders.get(read.slot.key)
      if (leader === undefined) {
        const turn = await this.#poll(read, leftMs)
        if (turn !== 'changed') return turn
      } else {
        await this.#leaders.wait(leader, leftMs)
      }
    }
  }

  /** Who refreshes a page that may be served meanwhile keeps nobody waiting. */
  #leaderOf({ why, old, slot }: Lead, waitsFor: (page: StoredPage) => boolean): Leader {
    const isServed = why === 'stale' && (old === undefined || !waitsFor(old))
    return isServed ? new Leader() : this.#leaders.start(slot.key)
  }

  /**
   * Another process renders: one request of this one asks for the outcome, the others wait for it.
   */
  async #poll(
    read: Extract<PageRead, { kind: 'busy' }>,
    leftMs: Milliseconds,
  ): Promise<PageTurn | 'changed'> {
    const leader = this.#leaders.start(read.slot.key)
    const polled = await this.#reader.poll(read.slot, read.why, leftMs)
    if (polled !== 'changed' && polled.kind === 'lead') return { ...polled, leader }
    leader.finish()
    return polled
  }
}
