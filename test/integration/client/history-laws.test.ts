import { describe, expect, it } from 'vitest'
import type { Act } from '../../support/client-history/acts.ts'
import { lawFaults } from '../../support/client-history/laws.ts'

const LATE = 400
const FOUND: Readonly<Record<string, 'nothing' | 'something'>> = {
  '-': 'nothing',
  '+': 'something',
}

// Two processes, P and Q, and somebody outside. What an act finds is an id, '-' (nothing) or '+'
// (something). The times make an act overlap another or not; LATE is the widest gap in between.

const set = (id: string, at: Times, more: Partial<Act> = {}) =>
  act({ effect: 'store', call: 'set', id, replayed: 'surely', ...more }, at)
const add = (id: string, at: Times, more: Partial<Act> = {}) =>
  act({ effect: 'store', call: 'add', id, found: 'nothing', ...more }, at)
const cas = (id: string, found: string, at: Times) =>
  act({ effect: 'store', call: 'cas', id, found: { id: found } }, at)
const get = (found: string, at: Times, more: Partial<Act> = {}) =>
  act({ found: FOUND[found] ?? { id: found }, ...more }, at)
const remove = (at: Times, more: Partial<Act> = {}) =>
  act({ effect: 'remove', call: 'delete', replayed: 'surely', ...more }, at)
const incr = (count: bigint | undefined, at: Times, more: Partial<Act> = {}) =>
  act(
    {
      effect: 'count',
      call: 'incr',
      delta: 1n,
      ...(count === undefined ? {} : { count }),
      ...more,
    },
    at,
  )
const extend = (id: string, at: Times, more: Partial<Act> = {}) =>
  act({ effect: 'extend', call: 'append', id, ...more }, at)
const read = (pieces: readonly string[], at: Times) =>
  act({ found: { id: pieces.find((id) => /^\w$/.test(id)) ?? '', pieces } }, at)

const P = { process: 0 }
const Q = { process: 1 }
const LOST = { failed: true, landed: 'maybe' } as const
const REFUSED = { failed: true, landed: 'no' } as const

const IMPOSSIBLE: readonly (readonly [string, readonly Act[], RegExp])[] = [
  ['a value that nobody wrote', [get('v', [0, 1])], /what nobody wrote: v/],
  [
    'a truncated value',
    [set('v', [0, 1]), get('7 bytes whose checksum is wrong', [2, 3])],
    /what nobody wrote: 7 bytes/,
  ],
  [
    "another key's value",
    [set('v', [0, 1], { key: 'other' }), get('v', [2, 3])],
    /the value of other/,
  ],
  ['a value from the future', [get('v', [0, 1]), set('v', [2, 3])], /not yet written/],
  [
    'the value of a write that said it was not applied',
    [set('v', [0, 1], REFUSED), get('v', [2, 3])],
    /not stored/,
  ],
  [
    'the value of an add that stored nothing',
    [set('v', [0, 1]), add('w', [2, 3], { found: 'something', landed: 'no' }), get('w', [4, 5])],
    /not stored/,
  ],
  [
    'the value before one whose set was acknowledged',
    [set('v', [0, 1]), set('w', [2, 3], Q), get('v', [4, 5])],
    /which set\(k\) of w by 1 .* had ended/,
  ],
  [
    'a value after its acknowledged delete',
    [set('v', [0, 1]), remove([2, 3], Q), get('v', [4, 5])],
    /which delete\(k\) by 1 .* had ended/,
  ],
  [
    'a value that survives a restart',
    [set('v', [0, 1]), remove([2, 3], { process: -1, call: 'restart' }), get('v', [4, 5])],
    /which restart/,
  ],
  [
    'a value that survives a flush',
    [
      set('v', [0, 1]),
      extend('e>', [2, 3], { rewrites: true }),
      remove([4, 7], { process: -1, call: 'flush_all' }),
      read(['v', 'e>'], [8, 9]),
    ],
    /which flush_all/,
  ],
  [
    'a value after an answer that there is none',
    [set('v', [0, 1]), remove([2, 5], LOST), get('-', [3, 4], Q), get('v', [6, 7], Q)],
    /which get\(k\) by 1 .* had ended/,
  ],
  [
    'the older of two values after the newer was read',
    [set('v', [0, 1]), set('w', [2, 9], LOST), get('w', [3, 4], Q), get('v', [5, 6], Q)],
    /of v .* which set\(k\) of w/,
  ],
  [
    'a value older than an own set that failed',
    [set('v', [0, 1], Q), set('w', [2, 3], { ...P, ...LOST }), get('v', [4, 5], P)],
    /behind its own failed set\(k\) of w/,
  ],
  [
    'a value older than an own delete that was not even sent',
    [set('v', [0, 1], Q), remove([2, 3], { ...P, ...REFUSED }), get('v', [4, 5], P)],
    /behind its own failed delete/,
  ],
  [
    'a failed write that comes about when its bytes cannot be on their way any more',
    [set('v', [0, 1], LOST), set('w', [500, 501], Q), get('v', [502, 503], Q)],
    /which set\(k\) of w/,
  ],
  [
    "a cas that stores though somebody else's set was acknowledged in between",
    [set('v', [0, 1]), get('v', [2, 3]), set('w', [4, 5], Q), cas('x', 'v', [6, 7])],
    /cas\(k\) of x by 0 .* found set\(k\) of v .* had ended/,
  ],
  [
    'a cas that stores with a number from before a restart',
    [set('v', [0, 1]), get('v', [2, 3]), remove([4, 5], { process: -1 }), cas('x', 'v', [6, 7])],
    /cas\(k\) of x .* had ended/,
  ],
  [
    'two cas that store over the same version',
    [set('v', [0, 1]), cas('x', 'v', [2, 5]), cas('y', 'v', [3, 6])],
    /replaced what cas\(k\) of x/,
  ],
  [
    'two adds that store without a loss',
    [add('v', [0, 1]), add('w', [2, 3], Q)],
    /add\(k\) of w by 1 .* missed add\(k\) of v/,
  ],
  ['a loss without a reason', [set('v', [0, 1]), get('-', [2, 3])], /missed set\(k\) of v/],
  [
    'a loss that only an earlier delete could explain',
    [remove([0, 1]), set('v', [2, 3]), get('-', [4, 5])],
    /missed set\(k\) of v/,
  ],
  [
    'something where nothing was ever stored',
    [get('+', [0, 1], { call: 'touch' })],
    /something where nothing can be/,
  ],
  [
    'something after the last value was deleted',
    [set('v', [0, 1]), remove([2, 3]), get('+', [4, 5], { call: 'touch' })],
    /something where nothing can be/,
  ],
  ['a repeated count', [incr(5n, [0, 3]), incr(5n, [1, 2], Q)], /is the number of/],
  ['a count that goes backwards', [incr(5n, [0, 1]), incr(4n, [2, 3], Q)], /adds up to 1 to 1/],
  ['an increment that is applied twice', [incr(5n, [0, 1]), incr(7n, [2, 3])], /adds up to 1 to 1/],
  [
    'an acknowledged increment that is lost',
    [incr(5n, [0, 1]), incr(6n, [2, 3], Q), incr(6n, [4, 5])],
    /adds up to 1 to 1|is the number of/,
  ],
  [
    'an increment that said it was not applied, and was',
    [incr(5n, [0, 1]), incr(undefined, [2, 3], REFUSED), incr(7n, [4, 5])],
    /adds up to 1 to 1/,
  ],
  [
    'an acknowledged append that is lost',
    [set('v', [0, 1]), extend('e>', [2, 3]), read(['v'], [4, 5])],
    /does not find append/,
  ],
  [
    'an append that is applied twice',
    [set('v', [0, 1]), extend('e>', [2, 3], LOST), read(['v', 'e>', 'e>'], [4, 5])],
    /found e> twice/,
  ],
  [
    'an append that said it was not applied, and was',
    [set('v', [0, 1]), extend('e>', [2, 3], REFUSED), read(['v', 'e>'], [4, 5])],
    /which cannot be there/,
  ],
  [
    'a piece of what was there before',
    [set('u', [0, 1]), extend('e>', [2, 3]), set('v', [4, 5]), read(['v', 'e>'], [6, 7])],
    /which cannot be there/,
  ],
  [
    'two appends in the wrong order',
    [set('v', [0, 1]), extend('d>', [2, 3]), extend('e>', [4, 5]), read(['v', 'e>', 'd>'], [6, 7])],
    /found append\(k\) of d>/,
  ],
  ['a piece that nobody added', [set('v', [0, 1]), read(['v', 'e>'], [2, 3])], /what nobody added/],
]

const POSSIBLE: readonly (readonly [string, readonly Act[]])[] = [
  [
    'either of two values whose sets overlap',
    [set('v', [0, 3]), set('w', [1, 2]), get('v', [4, 5])],
  ],
  ['the old value while it is replaced', [set('v', [0, 1]), set('w', [2, 9]), get('v', [3, 4])]],
  [
    "another process's old value behind a failed set",
    [set('v', [0, 1]), set('w', [2, 3], { ...P, ...LOST }), get('v', [4, 5], Q)],
  ],
  ['a failed set that came about', [set('v', [0, 1]), set('w', [2, 3], LOST), get('w', [4, 5], Q)]],
  [
    'a failed set that comes about late',
    [set('v', [0, 1], LOST), set('w', [200, 201], Q), get('v', [202, 203], Q)],
  ],
  ['a miss after a failed set', [set('v', [0, 1]), set('w', [2, 3], LOST), get('-', [4, 5], Q)]],
  ['a miss after a delete by anybody', [set('v', [0, 1]), remove([2, 3], Q), get('-', [4, 5])]],
  ['a miss of what expires', [set('v', [0, 1], { fleeting: true }), get('-', [2, 3])]],
  [
    'an add after a failed delete',
    [add('v', [0, 1]), remove([2, 3], LOST), add('w', [4, 5], Q), get('w', [6, 7])],
  ],
  ['a cas over what was read', [set('v', [0, 1]), get('v', [2, 3]), cas('x', 'v', [4, 5])]],
  ['counts that overlap', [incr(5n, [0, 1]), incr(7n, [2, 5]), incr(6n, [3, 4], Q)]],
  [
    'a failed increment that came about',
    [incr(5n, [0, 1]), incr(undefined, [2, 3], LOST), incr(7n, [4, 5])],
  ],
  [
    'a failed increment that did not',
    [incr(5n, [0, 1]), incr(undefined, [2, 3], LOST), incr(6n, [4, 5])],
  ],
  ['a count that starts anew', [incr(5n, [0, 1]), remove([2, 3]), incr(1n, [4, 5])]],
  [
    'pieces at both ends, and one that may have been added',
    [
      set('v', [0, 1]),
      extend('d>', [2, 3]),
      extend('e<', [4, 5]),
      extend('f>', [6, 7], LOST),
      read(['e<', 'v', 'd>'], [8, 9]),
    ],
  ],
  [
    'what an append brings back that overlaps a flush',
    [
      set('v', [0, 1]),
      extend('e>', [2, 5], { rewrites: true }),
      remove([4, 7], { process: -1, call: 'flush_all' }),
      read(['v', 'e>'], [8, 9]),
    ],
  ],
  [
    'what a caller gave up and what was there before',
    [set('v', [0, 1]), set('w', [2, 3], { ...LOST, givenUp: true }), get('v', [4, 5])],
  ],
]

describe('lawFaults', () => {
  it.each(IMPOSSIBLE)('rejects %s', (_, acts, complaint) => {
    expect(lawFaults(acts, LATE).join('\n')).toMatch(complaint)
  })

  it.each(POSSIBLE)('accepts %s', (_, acts) => {
    expect(lawFaults(acts, LATE)).toEqual([])
  })
})

type Times = readonly [start: number, end: number]

function act(what: Partial<Act>, [start, end]: Times): Act {
  const base = { process: 0, key: 'k', call: 'get', effect: 'none', failed: false, landed: 'yes' }
  return { ...(base as Omit<Act, 'start' | 'end'>), ...what, start, end }
}
