import { CLIENTS } from './clients.mjs'
import { Worker } from './crew.mjs'

/**
 * Measures `clients` side by side: one row each, medians over rounds in which each has its turn.
 * `say` is told what happens.
 */
export async function compare(workload, clients, servers, options, say = () => undefined) {
  const crew = clients.map((client) => ({
    client,
    worker: hire(client, workload, servers, options),
    rounds: [],
  }))
  try {
    for (const member of crew) {
      say(`warming up ${member.client}`)
      await member.worker.ready()
      await member.worker.run(options.warmMs)
    }
    for (let round = 0; round < options.rounds; round++) {
      // Each round starts with another client, so that none always follows the same one.
      for (let i = 0; i < crew.length; i++) {
        const member = crew[(i + round) % crew.length]
        say(`round ${round + 1} of ${options.rounds}, ${member.client}`)
        member.rounds.push(await member.worker.run(options.roundMs))
      }
    }
  } finally {
    await Promise.all(crew.map(({ worker }) => worker.stop()))
  }
  return crew.map(({ client, rounds }) => ({
    workload: workload.name,
    client,
    cpuUs: median(rounds.map(({ cpuUs, operations }) => cpuUs / operations)),
    perSecond: median(rounds.map(({ operations, wallUs }) => (operations / wallUs) * 1e6)),
    rounds,
  }))
}

/** A worker for `client`, at as many of the `servers` as the workload asks for. */
export function hire(client, workload, servers, { dist, base, node }) {
  return new Worker(client, workload, {
    servers: servers[CLIENTS[client].server].slice(0, workload.servers),
    dist: client === 'base' ? base : dist,
    node,
  })
}

function median(figures) {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1]
}
