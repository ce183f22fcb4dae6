import { fileURLToPath } from 'node:url'
import { Worker } from '../runner/crew.mjs'
import { medians, takeTurns } from '../runner/turns.mjs'

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))

/**
 * Measures the frameworks of `workload` side by side: one row each, medians over rounds in which each
 * has its turn. What is asked of a server is counted afterwards.
 */
export async function compare(workload, servers, options, say) {
  const rows = workload.rows.filter(options.takes)
  const crew = rows.map((row, i) => ({
    row,
    name: row.name,
    // The workloads that use the servers one after another keep apart by their names.
    worker: hire(row, workload, `${workload.name}-${i}`, servers, options),
    rounds: [],
  }))
  try {
    await takeTurns(crew, options, say)
    if (workload.unit === 'µs') for (const member of crew) await count(member, workload)
  } finally {
    await Promise.all(crew.map(({ worker }) => worker.stop()))
  }
  return crew.map(({ row, rounds, alone, together }) => ({
    workload: workload.name,
    ...row,
    ...medians(rounds),
    alone,
    together,
    rounds,
  }))
}

function hire(row, { rows, ...workload }, prefix, servers, { dist, node }) {
  const { store } = row.settings
  const options = { servers: servers[store === 'memcached' ? 'memcached' : 'redis'], dist }
  return new Worker(row.name, WORKER, { row, workload, prefix, options }, { node })
}

/** One hit after another, and as many in flight as were measured. */
async function count(member, { concurrency }) {
  const { worker } = member
  member.alone = await worker.ask({ count: { hits: 200, concurrency: 1 } })
  member.together = await worker.ask({ count: { hits: 100 * concurrency, concurrency } })
}
