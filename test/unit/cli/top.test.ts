import { describe, expect, it } from 'vitest'
import type { ServerFigures } from '../../../src/admin/server-figures.ts'
import { Progress } from '../../../src/cli/progress.ts'
import { sparkline } from '../../../src/cli/sparkline.ts'
import { FIRST_STATE, press, type TopState } from '../../../src/cli/top-state.ts'
import { COLUMN_COUNT, type TopFrame, topLines } from '../../../src/cli/top-view.ts'

describe('sparkline', () => {
  it.each([
    [[0, 1, 2, 4, 8], 5, '▁▂▃▅█'],
    [[1, 2, 3, 4], 2, '▆█'],
    [[5], 3, '  █'],
    [[1, null, 1], 3, '█ █'],
    [[0, 0], 2, '▁▁'],
    [[], 2, '  '],
  ])('draws %j in %i as %j', (values, width, bars) => {
    expect(sparkline(values, width)).toBe(bars)
  })
})

describe('press', () => {
  it.each([
    ['q', 'quit'],
    ['Q', 'quit'],
    ['\u0004', 'quit'],
    ['\u0003', 'interrupt'],
  ])('answers %j with %s, also from the help', (key, pressed) => {
    expect(press(FIRST_STATE, key, 12)).toBe(pressed)
    expect(press({ ...FIRST_STATE, mode: 'help' }, key, 12)).toBe(pressed)
  })

  it.each([
    ['h', { mode: 'help' }],
    ['?', { mode: 'help' }],
    ['s', { sortedBy: 1 }],
    ['\u001b[C', { sortedBy: 1 }],
    ['S', { sortedBy: 11 }],
    ['\u001b[D', { sortedBy: 11 }],
    ['r', { isReversed: true }],
    ['p', { isPaused: true }],
    [' ', { isPaused: true }],
    ['x', {}],
  ])('answers %j with %j', (key, change) => {
    expect(press(FIRST_STATE, key, 12)).toEqual({ ...FIRST_STATE, ...change })
  })

  it('leads back from the help by any key', () => {
    expect(press({ ...FIRST_STATE, mode: 'help' }, 'r', 12)).toEqual(FIRST_STATE)
  })

  it('comes round after the last column', () => {
    expect(press({ ...FIRST_STATE, sortedBy: 11 }, 's', 12)).toEqual(FIRST_STATE)
  })
})

describe('topLines', () => {
  it('shows servers, their sum and a curve', () => {
    const lines = show(frame([server('a:1', 10, 0.5), server('b:1', 30, 1)]))

    expect(lines[0]).toBe('reprise top  10:00:00  every 1 s, sorted by server')
    expect(lines[2]).toMatch(/^SERVER +HIT RATIO +OPS\/S +GETS\/S/)
    expect(lines[3]).toMatch(/^all servers \(2\/2 up\) +75\.0 % +40 /)
    expect(lines[4]).toMatch(/^a:1 +50\.0 % +10 +▅█ /)
    expect(lines[5]).toMatch(/^b:1 +100\.0 % +30 /)
    expect(lines.at(-1)).toBe('q quit  s sort  r reverse  p pause  h help')
  })

  it('sorts figures from the highest, what is unknown last, and turns round', () => {
    const servers = [server('a:1', 10, 0.5), down('b:1'), server('c:1', 30, 1)]
    const by = (state: Partial<TopState>) =>
      show(frame(servers), { ...FIRST_STATE, ...state })
        .slice(4, 7)
        .map((line) => line.split(' ')[0])

    expect(by({ sortedBy: 2 })).toEqual(['c:1', 'a:1', 'b:1'])
    expect(by({ sortedBy: 2, isReversed: true })).toEqual(['b:1', 'a:1', 'c:1'])
    expect(by({ sortedBy: 0 })).toEqual(['a:1', 'b:1', 'c:1'])
  })

  it.each([200, 120, 80, 60, 40, 20, 5])('fits into %i columns', (columns) => {
    const long = server('cache-with-a-long-name.internal.example:11211', 10, 0.5)
    const lines = show(frame([long, server('b:1', 1, 1)]), FIRST_STATE, { columns, rows: 24 })

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
  })

  it.each([24, 5, 2])('fits into %i rows', (rows) => {
    const servers = Array.from({ length: 30 }, (_, i) => server(`s${i}:1`, i, 1))

    expect(show(frame(servers), FIRST_STATE, { columns: 80, rows })).toHaveLength(
      Math.min(rows, 34),
    )
    expect(
      show(frame(servers), { ...FIRST_STATE, mode: 'help' }, { columns: 80, rows }).length,
    ).toBeLessThanOrEqual(rows)
  })

  it('shows nothing that a server could command a terminal with', () => {
    const text = show(frame([server('\u001b]0;owned\u0007evil\u202e', 1, 1)])).join('\n')

    expect(text).toContain('evil')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(text).not.toMatch(/[\u001b\u0007\u202e]/)
  })
})

describe('Progress', () => {
  it('draws a bar on a terminal and takes it away', () => {
    const drawn: string[] = []
    const stderr = { isTTY: true, write: (text: string | Uint8Array) => drawn.push(String(text)) }
    const progress = new Progress({ stderr, env: {} })
    progress.show(1, 4, '')
    progress.show(1, 4, '')
    progress.end()

    expect(drawn).toEqual([`\r${'█'.repeat(8)}${'░'.repeat(22)} 25 %  1/4  \u001b[K`, '\r\u001b[K'])
  })

  it.each([
    [false, {}],
    [true, { TERM: 'dumb' }],
  ])('draws nothing elsewhere (%s, %j)', (isTTY, env) => {
    const drawn: unknown[] = []
    const progress = new Progress({ stderr: { isTTY, write: (text) => drawn.push(text) }, env })
    progress.show(1, 4, '')
    progress.end()

    expect(drawn).toEqual([])
  })
})

function show(of: TopFrame, state = FIRST_STATE, size = { columns: 200, rows: 50 }): string[] {
  expect(COLUMN_COUNT).toBe(12)
  return topLines(of, state, size, (text) => text)
}

function frame(servers: readonly ServerFigures[]): TopFrame {
  const { server: _, up: __, error: ___, ...figures } = server('', 40, 0.75)
  const total = { ...figures, servers: servers.length, serversUp: servers.length }
  return { servers, total, history: new Map([['a:1', [5, 10]]]), time: '10:00:00', interval: 1 }
}

function server(name: string, operationsPerSecond: number, hitRatio: number): ServerFigures {
  return {
    server: name,
    up: true,
    error: null,
    seconds: 1,
    hitRatio,
    hits: 1,
    misses: 1,
    getsPerSecond: operationsPerSecond,
    setsPerSecond: 0,
    operationsPerSecond,
    evictionsPerSecond: 0,
    items: 5,
    memoryFull: 0.1,
    memoryUsedBytes: 100,
    memoryLimitBytes: 1024,
    connectionsFull: 0.1,
    connections: 10,
    connectionLimit: 100,
    uptime: 60,
    version: '1.6.18',
    hitRatioSinceStart: null,
  }
}

function down(name: string): ServerFigures {
  const figures = { hitRatio: null, operationsPerSecond: null, getsPerSecond: null }
  return { ...server(name, 0, 0), ...figures, up: false, error: 'It is gone.' }
}
