import { expect, it } from 'vitest'
import { Cache, type GetOrSetOptions, MemoryBackend } from '../../../src/index.ts'
import { warningsOf } from '../../support/warnings.ts'

let aliases = 0

/** Every alias is warned of for itself. */
function open(): Cache {
  return new Cache(new MemoryBackend(), { alias: `a${++aliases}` })
}

it.each<GetOrSetOptions>([
  {},
  { ttl: Infinity },
  // What is invalidated may be served stale, however long it would have lived.
  { ttl: Infinity, staleWhileRevalidate: '1h', staleIfError: '1d' },
  // Both count from the end of the ttl.
  { ttl: '1h', staleWhileRevalidate: 5, staleIfError: 60 },
  { ttl: '365d', tags: ['a'] },
  { softTimeoutMs: 100, hardTimeoutMs: 200, staleIfError: 60, waitMs: 200 },
  { softTimeoutMs: 100, staleWhileRevalidate: 60 },
  { hardTimeoutMs: 1000 },
  { staleIfError: 5, errorBackoff: 5 },
  { ttl: 0, negativeTtl: 60 },
  { ttl: 60, negativeTtl: 60, refreshAhead: 0.8, jitter: 0.1 },
])('says nothing of %j', async (options) => {
  expect(await warningsOf(() => open().getOrSet('k', () => 1, options))).toEqual([])
})

it.each<[string, GetOrSetOptions, string]>([
  [
    'REPRISE_SOFT_TIMEOUT',
    { softTimeoutMs: 100 },
    '`softTimeoutMs` is 100, but no stale value is kept that could be served then. Add `staleWhileRevalidate` or `staleIfError`, or leave it out.',
  ],
  [
    'REPRISE_SOFT_TIMEOUT',
    { softTimeoutMs: 200, hardTimeoutMs: 200, staleIfError: 60 },
    '`softTimeoutMs` is 200 and `hardTimeoutMs` 200, so the computation is ended before the stale value is served. Make the soft one shorter.',
  ],
  [
    'REPRISE_WAIT_ABOVE_TIMEOUT',
    { waitMs: 300, hardTimeoutMs: 200 },
    "`waitMs` is 300 and `hardTimeoutMs` 200: it waits longer for another process's computation than any computation may take. Make `waitMs` at most that.",
  ],
  [
    'REPRISE_BACKOFF_OUTLIVES_STALE',
    { staleIfError: 5 },
    '`staleIfError` is 5 s and `errorBackoff` 10 s: after a failure the stale value ends before the next try. Make `staleIfError` the longer one.',
  ],
  [
    'REPRISE_NEGATIVE_TTL',
    { ttl: 60, negativeTtl: '2m' },
    '`negativeTtl` is 120 s and `ttl` 60 s: that there is nothing would be believed longer than what there is. Make it shorter, or leave it out.',
  ],
  [
    'REPRISE_REFRESH_WITHOUT_END',
    { ttl: Infinity, refreshAhead: 0.8 },
    '`refreshAhead` is 0.8, a part of a `ttl` that is Infinity, so it is never due. Give a `ttl`, or leave it out.',
  ],
  [
    'REPRISE_JITTER_WITHOUT_END',
    { ttl: Infinity, jitter: 0.1 },
    '`jitter` is 0.1, a part of a `ttl` that is Infinity, so it shortens nothing. Give a `ttl`, or leave it out.',
  ],
  [
    'REPRISE_TTL_ABOVE_TAGS',
    { ttl: Infinity, tags: ['a'] },
    'the `ttl` is Infinity, but the value has `tags`, which are kept for a year (31536000 s) after their first use, and it ends with them. Give a `ttl` of at most a year.',
  ],
])('warns of %s: %j', async (code, options, text) => {
  const cache = open()

  const warnings = await warningsOf(() => cache.getOrSet('k', () => 1, options))

  expect(warnings).toEqual([
    { code, text: `\`getOrSet\` on the cache \`${cache.alias}\`: ${text}` },
  ])
})

it('warns of the options of `getOrSetMany`, `set` and of what is built on them', async () => {
  const cache = open()
  const warnings = await warningsOf(async () => {
    await cache.getOrSetMany(['k'], () => ({ k: 1 }), { ttl: 60, negativeTtl: 61 })
    await cache.set('k', 1, { ttl: '366d', tags: ['a'] })
    await cache.memoize(() => 1, { key: 'f', softTimeoutMs: 1 })()
  })

  expect(warnings.map(({ code }) => code)).toEqual([
    'REPRISE_NEGATIVE_TTL',
    'REPRISE_TTL_ABOVE_TAGS',
    'REPRISE_SOFT_TIMEOUT',
  ])
})

it('warns of the same once, and of one kind a few times at most', async () => {
  const cache = open()
  const warn = (ttl: number) => cache.getOrSet(`${ttl}`, () => 1, { ttl, negativeTtl: 9000 })

  expect(await warningsOf(() => warn(1))).toHaveLength(1)
  await cache.delete('1')
  expect(await warningsOf(() => warn(1))).toEqual([])
  const many = await warningsOf(() => Promise.all(Array.from({ length: 50 }, (_, i) => warn(i))))
  expect(many.length).toBeLessThan(5)
})
