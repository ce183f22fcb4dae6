import { describe, expect, it } from 'vitest'
import { Durations, MAX_SERIES, metricsText, Numbers } from '../../../src/telemetry/series.ts'

describe('metrics as text', () => {
  it('have their help, their type and one line for each series', () => {
    const pages = new Numbers('counter', 'pages_total', ['page', 'result'], 'Pages.')
    pages.add(2, 'home', 'hit')
    pages.add(1, 'home', 'hit')
    pages.add(1, 'cart', 'bypass')

    expect(metricsText([pages])).toBe(
      '# HELP pages_total Pages.\n# TYPE pages_total counter\n' +
        'pages_total{page="home",result="hit"} 3\npages_total{page="cart",result="bypass"} 1\n',
    )
  })

  it('leave out a family of which there is nothing to say', () => {
    expect(metricsText([new Numbers('gauge', 'up', ['server'], 'Up.')])).toBe('')
  })

  it('escape what a label may hold', () => {
    const names = new Numbers('gauge', 'g', ['name'], 'G.')
    names.set(1, 'a"b\\c\nd')

    expect([...names.lines()]).toEqual(['g{name="a\\"b\\\\c\\nd"} 1'])
  })

  it('cut a label that is no name', () => {
    const names = new Numbers('gauge', 'g', ['name'], 'G.')
    names.set(1, 'x'.repeat(5000))

    expect([...names.lines()]).toEqual([`g{name="${'x'.repeat(100)}"} 1`])
  })

  it('count together what comes after the last series', () => {
    const names = new Numbers('counter', 'c', ['name'], 'C.')
    for (let i = 0; i < MAX_SERIES + 50; i++) names.add(1, `name ${i}`)

    const lines = [...names.lines()]
    expect(lines).toHaveLength(MAX_SERIES + 1)
    expect(lines.at(-1)).toBe('c{name="other"} 50')
  })

  it('add up durations in buckets that hold all below them', () => {
    const seconds = new Durations('d_seconds', ['alias'], 'D.')
    for (const one of [0.0001, 0.00025, 0.003, 0.5, 7]) seconds.add(one, 'default')

    const lines = [...seconds.lines()]
    expect(lines[0]).toBe('d_seconds_bucket{alias="default",le="0.00025"} 2')
    expect(lines).toContain('d_seconds_bucket{alias="default",le="0.005"} 3')
    expect(lines).toContain('d_seconds_bucket{alias="default",le="1"} 4')
    expect(lines).toContain('d_seconds_bucket{alias="default",le="+Inf"} 5')
    expect(lines.at(-2)).toBe('d_seconds_sum{alias="default"} 7.50335')
    expect(lines.at(-1)).toBe('d_seconds_count{alias="default"} 5')
  })
})
