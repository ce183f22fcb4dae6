import { fileURLToPath } from 'node:url'
import { CLIENTS } from './clients.mjs'
import { Worker } from './crew.mjs'
import { medians, takeTurns } from './turns.mjs'

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))

/**
 * Measures `clients` side by side: one row each, medians over rounds in which each has its turn.
 * `say` is told what happens.
 */
export async function compare(workload, clients, servers, options, say = () => undefined) {
  const crew = clients.map((name) => ({
    name,
    worker: hire(name, workload, servers, options),
    rounds: [],
  }))
  try {
    await takeTurns(crew, options, say)
  } finally {
    await Promise.all(crew.map(({ worker }) => worker.stop()))
  }
  return crew.map(({ name, rounds }) => ({
    workload: workload.name,
    client: name,
    ...medians(rounds),
    rounds,
  }))
}

/** A worker for `client`, at as many of the `servers` as the workload asks for. */
export function hire(client, workload, servers, { dist, base, node }) {
  const { adapter = client, settings, server } = CLIENTS[client]
  const options = {
    servers: servers[server].slice(0, workload.servers),
    dist: client === 'base' ? base : dist,
    ...settings,
  }
  return new Worker(client, WORKER, { client, adapter, workload, options }, { node })
}
