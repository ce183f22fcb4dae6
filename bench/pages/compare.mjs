import { fileURLToPath } from 'node:url'
import { Worker } from '../runner/crew.mjs'
import { medians } from '../runner/turns.mjs'
import { withChildren } from './cores.mjs'
import { PAGE_BYTES, PATH } from './page.mjs'
import { checkAfter, checkBefore } from './same-page.mjs'
import { startSystemServer } from './system.mjs'

const SERVER = fileURLToPath(new URL('server.mjs', import.meta.url))
const LOAD = fileURLToPath(new URL('load.mjs', import.meta.url))

/**
 * Measures `rows` side by side, medians over rounds in which each has its turn. Everything that is
 * started is put into `started`, for whoever has to end it.
 */
export async function compare(rows, options, started, say) {
  const visitors = new Worker('load', LOAD, {}, onCore(options.cores.load, process.execPath))
  started.add(visitors.pid)
  await visitors.ready()
  const crew = []
  for (const row of rows) {
    say(`starting ${row.name}`)
    const member = await open(row, options, started)
    await checkBefore(member)
    crew.push(member)
  }
  const turn = ({ port, pids }, ms) => {
    const { connections } = options
    return visitors.ask({ turn: { port, pids, path: PATH, bytes: PAGE_BYTES, connections, ms } })
  }
  for (const member of crew) {
    say(`warming up ${member.row.name}`)
    await turn(member, options.warmMs)
  }
  for (let round = 0; round < options.rounds; round++) {
    // Each round starts with another one, so that none always follows the same.
    for (let i = 0; i < crew.length; i++) {
      const member = crew[(i + round) % crew.length]
      say(`round ${round + 1} of ${options.rounds}, ${member.row.name}`)
      member.rounds.push(await turn(member, options.roundMs))
    }
  }
  for (const member of crew) await checkAfter(member)
  return crew.map(({ row, isChunked, rounds }) => ({
    ...row,
    isChunked,
    ...medians(rounds),
    rounds,
  }))
}

async function open(row, options, started) {
  if (row.needs !== undefined) {
    const { child, port } = await startSystemServer(row, { ...options, core: options.cores.server })
    const pids = withChildren(child.pid)
    for (const pid of pids) started.add(pid)
    // It says with each page how often it rendered; nginx never does.
    return { row, port, pids, rounds: [], renders: async (page) => page.renders }
  }
  const { memcached, dist } = options
  const settings = onCore(options.cores.server, options.node)
  const worker = new Worker(row.name, SERVER, { row, memcached, dist }, settings)
  started.add(worker.pid)
  const { port } = await worker.ready()
  const renders = () => worker.ask({ renders: true })
  return { row, port, pids: [worker.pid], rounds: [], renders }
}

/** `taskset` becomes the program that it is given, so that its process is the server's. */
function onCore(core, node) {
  return { node: 'taskset', flags: ['-c', `${core}`, node] }
}
