import assert from 'node:assert/strict'
import type { Backend, Entry, Found, LeaseToken, Storable } from '../cache/backend.ts'
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

/** Wins the right to compute a key with nothing under it. */
export async function win(
  { backend, key }: Scene,
  name = 'k',
  leaseFor: Seconds = 10,
): Promise<LeaseToken> {
  const { found, token } = await backend.lease(key(name), leaseFor)
  assert.equal(found, undefined)
  return token ?? assert.fail('the lease was not won')
}

/** Stores `old`, marks it stale, and wins the right to refresh it. */
export async function winStale(scene: Scene, leaseFor: Seconds = 10): Promise<LeaseToken> {
  const { backend, key } = scene
  await backend.set(key(), entry(scene, 'old'))
  await backend.invalidate(key(), 60)
  const { found, token } = await backend.lease(key(), leaseFor)
  assert.deepEqual([found?.state, found?.value], ['stale', 'old'])
  return token ?? assert.fail('the refresh was not won')
}

/** What `lease` finds, which is fresh. */
export async function leaseFresh({ backend, key }: Scene, name = 'k'): Promise<Found> {
  const { found, token } = await backend.lease(key(name), 10)
  assert.deepEqual([found?.state, token], ['fresh', undefined])
  return found ?? assert.fail('nothing was found')
}

/** Wins the right to compute a key anew although what is there is fresh. */
export async function winFresh(
  scene: Scene,
  value: Storable = 'old',
  leaseFor: Seconds = 10,
): Promise<LeaseToken> {
  const { backend, key } = scene
  await backend.set(key(), entry(scene, value))
  const read = await backend.leaseAgain(key(), await leaseFresh(scene), leaseFor)
  assert.ok(read !== 'changed')
  assert.deepEqual([read.found?.state, read.found?.value], ['fresh', value])
  return read.token ?? assert.fail('the right to compute anew was not won')
}

type Change = 'set' | 'setMany' | 'delete' | 'deleteMany' | 'invalidate' | 'clear'

/** All that makes what is computed meanwhile a value of the past. */
export const changes: Readonly<Record<Change, (scene: Scene) => Promise<unknown>>> = {
  set: (scene) => scene.backend.set(scene.key(), entry(scene, 'set')),
  setMany: (scene) =>
    scene.backend.setMany(new Map([[scene.key(), entry(scene, 'set')]]), noReport),
  delete: ({ backend, key }) => backend.delete(key()),
  deleteMany: ({ backend, key }) => backend.deleteMany([key()], noReport),
  invalidate: ({ backend, key }) => backend.invalidate(key(), 60),
  clear: ({ backend, space }) => backend.clear(space),
}

/** Fails on any report: these tests run on backends that work. */
export function noReport(error: unknown): void {
  assert.fail(`a failure was reported: ${String(error)}`)
}

export async function rejectsWith(code: CacheErrorCode, run: Promise<unknown>): Promise<void> {
  await assert.rejects(run, (error) => CacheError.is(error) && error.code === code)
}
