import type { MemcachedClient } from '../../../src/client/index.ts'
import { type ActLog, GAVE_UP } from './acts.ts'

/** One of the callers of a client. */
export interface Player {
  readonly log: ActLog
  readonly client: MemcachedClient
  /** Of the client. */
  readonly process: number
  readonly random: () => number
  /** Counts up through all of a client's players. */
  readonly next: () => number
}

/** One random call about `key`. */
export type Move = (player: Player, key: string) => Promise<void>

/** How often each is played, of the sum of all. */
export type Moves = readonly (readonly [weight: number, Move])[]

export async function playOneOf(moves: Moves, player: Player, key: string): Promise<void> {
  let left = player.random() * moves.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, move] of moves) {
    left -= weight
    if (left < 0) return move(player, key)
  }
}

export function oneOf<T>(all: readonly [T, ...T[]], { random }: Player): T {
  return all[Math.floor(random() * all.length)] ?? all[0]
}

/** Few calls are in a hurry, or change their mind. */
export function patience({ random }: Player): { timeoutMs?: number; signal?: AbortSignal } {
  const dice = random()
  if (dice < 0.05) return { timeoutMs: 1 + Math.floor(random() * 30) }
  if (dice > 0.07) return {}
  const controller = new AbortController()
  setTimeout(() => controller.abort(GAVE_UP), random() * 10)
  return { signal: controller.signal }
}
