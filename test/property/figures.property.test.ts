import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInspected } from '../../src/protocol/inspected.ts'
import { wireKey } from '../../src/protocol/key.ts'
import { LineSplitter } from '../../src/protocol/lines.ts'
import { parseListed } from '../../src/protocol/listed.ts'
import { STATS_READERS, type StatsKind } from '../../src/protocol/server-command.ts'
import { emptyStats, parseStat } from '../../src/protocol/stats.ts'
import { parseWatched } from '../../src/protocol/watched.ts'

const NAMES = ['__proto__', 'constructor', 'toString', 'items:1:__proto__', '1:__proto__', 'pid']

const garbage = fc.string({ unit: 'binary', maxLength: 60 })
const name = fc.oneof(fc.constantFrom(...NAMES), fc.stringMatching(/^[\w:]{1,20}$/))
const field = fc.tuple(
  fc.oneof(fc.constantFrom('ts', 'gid', 'type', 'key', 'exp', 'la', 'size', 'cls'), name),
  fc.oneof(fc.constantFrom('1.5', '-1', 'item_get', 'eviction', '%zz', '%00'), garbage),
)
/** Nearly a line: words in any order, of which some are right. */
const line = fc
  .tuple(
    fc.constantFrom('', 'key=a ', 'ts=1.5 gid=1 type=item_get ', 'k '),
    fc.array(field, { maxLength: 8 }),
  )
  .map(([start, fields]) => start + fields.map(([a, b]) => `${a}=${b}`).join(' '))

describe('the lines of figures, listings and watchers', () => {
  it('never make a parser throw', () => {
    const key = wireKey('k')
    fc.assert(
      fc.property(fc.oneof(line, garbage), (text) => {
        parseWatched(text)
        parseListed(text)
        parseInspected(text, key)
      }),
      { numRuns: 2000 },
    )
  })

  it('never pollute a prototype, whatever the figures are called', () => {
    const kinds = Object.keys(STATS_READERS) as StatsKind[]
    fc.assert(
      fc.property(fc.array(fc.tuple(name, garbage)), fc.constantFrom(...kinds), (told, kind) => {
        const stats = emptyStats()
        for (const [figure, text] of told) {
          const { name, value } = parseStat(`${figure} ${text}`) ?? { name: 'a', value: '' }
          stats[name] = value
        }

        const record = STATS_READERS[kind](stats)

        expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
        expect(Object.keys(record.raw)).toEqual(Object.keys(stats))
        expect(Object.keys({}.constructor.prototype)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  it('are the same lines however the bytes are cut', () => {
    const lines = fc.array(fc.string({ maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, '')))
    const ends = fc.infiniteStream(fc.constantFrom('\n', '\r\n'))
    fc.assert(
      fc.property(lines, ends, fc.array(fc.nat(500)), (sent, end, cuts) => {
        const wire = Buffer.from(sent.map((text) => text + end.next().value).join(''), 'latin1')
        const edges = [...cuts.map((cut) => Math.min(cut, wire.length)), wire.length]
        edges.sort((a, b) => a - b)
        const splitter = new LineSplitter()

        const received = edges.flatMap((edge, i) =>
          splitter.push(wire.subarray(edges[i - 1] ?? 0, edge)),
        )

        const read = sent.map((text) => Buffer.from(text, 'latin1').toString('latin1'))
        expect(received).toEqual(read)
      }),
    )
  })
})
