import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'
import { onAbort } from './on-abort.ts'

/** How a wait ended: what was waited for is there, or something else came first. */
export type Ending<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'soft' }
  | { readonly kind: 'hard' }
  | { readonly kind: 'left'; readonly reason: unknown }

export interface Limits {
  /** `Infinity`: none. */
  readonly softMs: Milliseconds
  /** `Infinity`: none. */
  readonly hardMs: Milliseconds
  readonly leaving: AbortSignal | undefined
  /** Whether the timers keep the process alive. */
  readonly ref: boolean
}

/** Tells what comes first. Never rejects. */
export async function first<T>(
  clock: Clock,
  doing: Promise<T>,
  { softMs, hardMs, leaving, ref }: Limits,
): Promise<Ending<T>> {
  const settled = doing.then(
    (value): Ending<T> => ({ kind: 'done', value }),
    (error: unknown): Ending<T> => ({ kind: 'failed', error }),
  )
  if (softMs === Infinity && hardMs === Infinity && leaving === undefined) return settled
  const over = new AbortController()
  let forget: (() => void) | undefined
  const after = async (ms: Milliseconds, kind: 'soft' | 'hard'): Promise<Ending<T>> => {
    // It rejects when it is over, and then nobody looks any more.
    await clock.sleep(Math.max(0, ms), { ref, signal: over.signal }).catch(() => {})
    return { kind }
  }
  const rivals: Promise<Ending<T>>[] = [settled]
  if (softMs !== Infinity) rivals.push(after(softMs, 'soft'))
  if (hardMs !== Infinity) rivals.push(after(hardMs, 'hard'))
  if (leaving?.aborted) rivals.push(Promise.resolve({ kind: 'left', reason: leaving.reason }))
  else if (leaving !== undefined) {
    const left = new Promise<Ending<T>>((resolve) => {
      forget = onAbort(leaving, () => resolve({ kind: 'left', reason: leaving.reason }))
    })
    rivals.push(left)
  }
  try {
    return await Promise.race(rivals)
  } finally {
    over.abort()
    forget?.()
  }
}

/** Waits for `doing`, but no longer than that. Rejects as it does. */
export async function settledWithin(
  clock: Clock,
  doing: Promise<unknown>,
  limitMs: Milliseconds,
): Promise<void> {
  const limits = { softMs: Infinity, hardMs: limitMs, leaving: undefined, ref: true }
  const ending = await first(clock, doing, limits)
  if (ending.kind === 'failed') throw ending.error
}
