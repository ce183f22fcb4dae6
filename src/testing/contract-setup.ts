import assert from 'node:assert/strict'
import type { Backend, Entry, Storable } from '../cache/backend.ts'
import type { Clock } from '../clock.ts'
import { CacheError, type CacheErrorCode } from '../errors.ts'
import type { Seconds } from '../units.ts'

/** A backend under test, and how time passes for it. */
export interface UnderTest {
  readonly backend: Backend
  /** The one that the backend goes by. */
  readonly clock: Clock
  /** Resolves when so much time has passed: moves a clock, or sleeps. */
  readonly pass: (seconds: Seconds) => Promise<void>
}

/** What a test of the contract works with. */
export interface Scene extends UnderTest {
  /** Every key of this test starts so, and no other's does. */
  readonly space: string
  readonly key: (key?: string) => string
}

export type Run = (title: string, test: (scene: Scene) => Promise<void>) => void

/** An entry of now. */
export function entry(
  { clock }: Pick<Scene, 'clock'>,
  value: Storable,
  times: { readonly ttl?: Seconds; readonly staleFor?: Seconds } = {},
): Entry {
  const { ttl = 60, staleFor = 0 } = times
  return { value, createdAtMs: clock.now(), ttl, staleFor }
}

/** What `get` finds, without the times. */
export async function peek({ backend }: Scene, key: string): Promise<unknown> {
  const found = await backend.get(key)
  return found && [found.state, found.value]
}

/** Fails on any report: these tests run on backends that work. */
export function noReport(error: unknown): void {
  assert.fail(`a failure was reported: ${String(error)}`)
}

export async function rejectsWith(code: CacheErrorCode, run: Promise<unknown>): Promise<void> {
  await assert.rejects(run, (error) => CacheError.is(error) && error.code === code)
}
