// One framework with one workload in a process of its own: nobody else's garbage or shapes.
import '../runner/no-delay.mjs'
import { answerTurns } from '../runner/measure.mjs'
import { countHits } from './counts.mjs'
import { loops } from './loops.mjs'
import { checkSameWork } from './same-work.mjs'
import { materialOf } from './values.mjs'

// Longer than any run: what is measured are hits.
const TTL_MS = 3_600_000

const { row, workload, prefix, options } = JSON.parse(process.argv[2])
const { open } = await import(`./adapters/${row.adapter}.mjs`)
const cache = await open({ ...row.settings, ...options, ttlMs: TTL_MS })
const material = materialOf(workload, row, prefix)
await checkSameWork(cache, workload, row, material)

answerTurns(loops(cache, workload, material), {
  count: ({ hits, concurrency }) => {
    const run = loops(cache, { ...workload, concurrency }, material)
    return countHits(row.settings.store, options.servers, run, hits)
  },
})
