import assert from 'node:assert/strict'
import { copyValue } from '../../dist/codec/copy.js'
import { microseconds, shown } from './rounds.mjs'
import { VALUES } from './values.mjs'

/** What a copy costs, which is what a hit in memory costs. */
export async function printCopies() {
  console.log('\n| value | ours µs | structuredClone µs | JSON µs |\n| --- | ---: | ---: | ---: |')
  for (const [title, value] of Object.entries(VALUES)) {
    assert.deepStrictEqual(copyValue(value).value, value)
    const figures = await microseconds([
      ['ours', () => copyValue(value)],
      ['clone', () => structuredClone(value)],
      ['json', () => attempt(() => JSON.parse(JSON.stringify(value)))],
    ])
    const cells = [...figures.values()].map(shown)
    console.log(`| ${title} | ${cells.join(' | ')} |`)
  }
}

function attempt(run) {
  try {
    return run()
  } catch {
    return undefined
  }
}
