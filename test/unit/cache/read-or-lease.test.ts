import { beforeEach, describe, expect, it } from 'vitest'
import { CacheCore } from '../../../src/cache/core.ts'
import { invalidateTags } from '../../../src/cache/invalidate-tags.ts'
import { type ReadOrLease, readOrLease } from '../../../src/cache/read-or-lease.ts'
import { resolveSettings } from '../../../src/cache/settings.ts'
import { writeOne } from '../../../src/cache/writes.ts'
import { MemoryBackend } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

let clock: FakeClock
let core: CacheCore
beforeEach(() => {
  clock = new FakeClock()
  const backend = new MemoryBackend({ clock })
  core = new CacheCore({
    alias: 'default',
    backend,
    settings: resolveSettings({}),
    clock,
    random: Math.random,
  })
})

const KEY = ':1:k'
const read = (asked: Partial<ReadOrLease> = {}) =>
  readOrLease(core, KEY, {
    operation: 'test',
    leaseFor: 10,
    waitMs: 0,
    takesStale: () => false,
    ...asked,
  })
const write = (value: unknown, tags?: string[]) =>
  writeOne(core, undefined, 'k', value as never, tags === undefined ? {} : { tags })

/** Fails unless the right to compute was won. */
async function win(asked: Partial<ReadOrLease> = {}) {
  const result = await read(asked)
  if (!('lease' in result) || result.lease === undefined) throw new Error(result.state)
  return result.lease
}

/** Lets whoever may go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('a value that is not accepted', () => {
  it('counts as none, fresh or stale, and one caller computes', async () => {
    await write(1)
    const asked = { accepts: (value: unknown) => typeof value === 'string', takesStale: () => true }

    expect(await read(asked)).toMatchObject({ state: 'won', old: undefined })
    expect(await read(asked)).toMatchObject({ state: 'busy', old: undefined, hasFailed: false })
    expect(await read()).toMatchObject({ state: 'fresh', found: { value: 1 } })
    await core.backend.invalidate(KEY, 60)
    expect(await read(asked)).toMatchObject({ state: 'won', old: undefined })
    expect(await read({ ...asked, accepts: async () => true })).toMatchObject({ state: 'stale' })
  })

  it('is also one that cannot be judged', async () => {
    await write(1)
    const accepts = () => Promise.reject(new Error('mine'))

    expect(await read({ accepts })).toMatchObject({ state: 'won', old: undefined })
  })

  it('is replaced by what is computed', async () => {
    await write(1)
    const lease = await win({ accepts: () => false })

    expect(await lease.fill('new')).toBe(true)
    expect(await read()).toMatchObject({ state: 'fresh', found: { value: 'new' } })
  })
})

describe('a forced read', () => {
  it('computes, with the fresh value as the old one', async () => {
    await write('v')

    expect(await read({ isForced: true })).toMatchObject({ state: 'won', old: { value: 'v' } })
    expect(await read({ isForced: true })).toMatchObject({ state: 'busy', old: { value: 'v' } })
    expect(await read()).toMatchObject({ state: 'fresh' })
  })

  it('takes no stale value', async () => {
    await write('v', ['a'])
    await invalidateTags(core, ['a'], {})
    const asked = { isForced: true, takesStale: () => true }

    expect(await read(asked)).toMatchObject({ state: 'won', old: { value: 'v', state: 'stale' } })
  })

  it('takes what another has begun to compute since, and not what began before', async () => {
    await write('v')
    const before = await win({ isForced: true })
    clock.advance(1)
    const waiting = read({ isForced: true, waitMs: 60_000 })
    await settle()
    await before.fill('before')
    clock.advance(1)

    // It has the right itself by now.
    const won = await waiting
    expect(won).toMatchObject({ state: 'won', old: { value: 'before' } })
    const later = read({ isForced: true, waitMs: 60_000 })
    await settle()
    clock.advance(0.001)
    await settle()
    if (won.state === 'won') await won.lease.release()
    const since = await win({ isForced: true })
    await since.fill('since')
    clock.advance(1)
    expect(await later).toMatchObject({ state: 'fresh', found: { value: 'since' } })
  })
})

describe('a value that is due', () => {
  it('is an answer, and one caller gets the right to refresh it', async () => {
    await write('v')
    const asked = { isDue: ({ ttlLeft = 0 }) => ttlLeft < 200 }

    expect(await read(asked)).toMatchObject({ state: 'fresh', lease: undefined })
    clock.advance(150)
    const lease = await win(asked)
    expect(await read(asked)).toMatchObject({ state: 'fresh', lease: undefined })
    expect(await lease.fill('new')).toBe(true)
    expect(await read()).toMatchObject({ state: 'fresh', found: { value: 'new', ageMs: 0 } })
  })
})

describe('after a failure', () => {
  it('is not waited for until the back-off ends', async () => {
    await write('v', ['a'])
    await invalidateTags(core, ['a'], {})
    const lease = await win()
    await lease.backOff(5)

    const asked = { waitMs: 60_000 }
    expect(await read(asked)).toMatchObject({ state: 'busy', hasFailed: true, old: { value: 'v' } })
    expect(await read({ takesStale: () => true })).toMatchObject({ state: 'stale' })
    clock.advance(5)
    expect(await read()).toMatchObject({ state: 'won', old: { value: 'v' } })
  })
})

describe('while another computes', () => {
  it('waits for a value with valid tags', async () => {
    await write('v', ['a'])
    await invalidateTags(core, ['a'], { mode: 'hard' })
    const lease = await win({ tags: ['a'] })
    await lease.prepare()
    const waiting = read({ tags: ['a'], waitMs: 60_000 })
    await settle()
    await lease.fill('new')
    clock.advance(1)

    expect(await waiting).toMatchObject({ state: 'fresh', found: { value: 'new' } })
  })

  it('computes in its turn where what comes is invalid already', async () => {
    await write('v', ['a'])
    await invalidateTags(core, ['a'], {})
    const lease = await win({ tags: ['a'] })
    const waiting = read({ tags: ['a'], waitMs: 60_000 })
    await settle()
    await invalidateTags(core, ['a'], {})
    await lease.fill('late')
    clock.advance(1)

    expect(await waiting).toMatchObject({ state: 'won', old: { value: 'late', state: 'stale' } })
  })
})

describe('a lease', () => {
  it('counts the age of its value from when it was prepared', async () => {
    const lease = await win({ tags: ['new'] })
    clock.advance(3)
    await lease.prepare()
    clock.advance(2)
    await lease.fill('v')

    expect(await read()).toMatchObject({ found: { ageMs: 2000 } })
  })

  it('stores what it was given, whatever is done to it while tags are read', async () => {
    const lease = await win()
    await lease.prepare({ lateTags: true })
    const value = { list: [1] }
    const filling = lease.fill(value, { tags: ['late'] })
    value.list.push(2)

    expect(await filling).toBe(true)
    expect(await read()).toMatchObject({ found: { value: { list: [1] } } })
  })

  it('refuses tags without a version', async () => {
    const lease = await win({ tags: ['a'] })

    expect(await lease.fill('v')).toBe(false)
    expect(await read()).toMatchObject({ state: 'won' })
  })

  it('refuses wrong tags, and is over then', async () => {
    const lease = await win()

    await expect(lease.fill('v', { tags: [''] })).rejects.toMatchObject({
      code: 'ERR_OPTION_INVALID',
    })
    expect(await read()).toMatchObject({ state: 'won' })
  })

  it('keeps the etag with the value', async () => {
    const lease = await win()
    await lease.fill('v', { etag: '"1"' })

    expect(await read()).toMatchObject({ state: 'fresh', found: { etag: '"1"' } })
  })
})
