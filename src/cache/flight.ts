import type { Storable } from './backend.ts'
import type { Task } from './compute.ts'
import type { Computing } from './computing.ts'
import type { Fit } from './fit.ts'
import type { Policy } from './policy.ts'

/** One reading of a key by those who take the same for an answer, and what they do for one. */
export interface Flight {
  readonly operation: 'getOrSet' | 'getOrSetMany'
  readonly key: string
  readonly policy: Policy
  readonly fit: Fit
  /** Aborts when none of them waits any longer. */
  readonly leaving: AbortSignal | undefined
  /** Starts a computation. */
  begin(task: Task): Computing
  /** Publishes a failure that an old value made good, or one of a `refresh`. */
  report(operation: string, error: unknown): void
  /** Whether what was begun is waited for all the same; absent: it is not. */
  isAwaited?(): Promise<boolean>
}

/** What callers are answered. */
export type Answer = Answered | Failed

export interface Answered {
  readonly kind: 'value'
  readonly value: Storable
  readonly from: 'hits' | 'stale' | 'misses'
}

export interface Failed {
  readonly kind: 'failed'
  readonly error: unknown
  /** Of those who share the answer one publishes the failure that a default hides. */
  isPublished: boolean
}

/**
 * What comes of a flight. `'absent'`: it was one of many that were computed, and left out. `'unfit'`:
 * what somebody else computed is no answer to this caller, and it has to ask again.
 */
export type Outcome = Answer | { readonly kind: 'absent' | 'unfit' }
