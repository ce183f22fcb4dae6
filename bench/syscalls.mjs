// How many write calls an operation costs each client, counted by the kernel.
//
//   npm run bench:syscalls
//
// `strace` attaches to a warm client, so that start-up is not counted, and counts every call of the
// write family that the process makes in any thread, wake-ups between threads included.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readOptions } from './runner/arguments.mjs'
import { takesPart } from './runner/clients.mjs'
import { hire } from './runner/compare.mjs'
import { installPeers, installPrograms } from './runner/install.mjs'
import { startServers } from './runner/servers.mjs'
import { WORKLOADS } from './runner/workloads.mjs'

const RUN_MS = 200
const MOST_WRITES = 0.05

const options = readOptions(process.argv.slice(2))
installPrograms({ memcached: 'memcached', 'redis-server': 'redis-server', strace: 'strace' })
installPeers()

const workload = WORKLOADS.find(({ name }) => name === 'get-100b-128')
const servers = await startServers({ memcached: 1, redis: 1 })
try {
  console.log(`${workload.title}: write calls per operation`)
  for (const client of options.clients.filter((name) => takesPart(name, workload))) {
    const perOperation = await count(client)
    const verdict = client === 'ours' ? judge(perOperation) : ''
    console.log(`  ${client.padEnd(16)}${perOperation.toFixed(4).padStart(8)}  ${verdict}`)
  }
} finally {
  servers.stop()
}

async function count(client) {
  const worker = hire(client, workload, servers, options)
  try {
    await worker.ready()
    await worker.run(RUN_MS)
    const calls = await traced(worker.pid)
    const { operations, unmeasured } = await worker.run(RUN_MS)
    return (await calls.stop()) / (operations + unmeasured)
  } finally {
    await worker.stop()
  }
}

/** Counts from now until `stop`, which resolves to the number of calls. */
async function traced(pid) {
  const trace = 'trace=write,writev,sendmsg,sendto'
  const strace = spawn('strace', ['-f', '-c', '-U', 'calls,name', '-e', trace, '-p', `${pid}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  strace.stderr.setEncoding('utf8')
  strace.stderr.on('data', (text) => {
    output += text
  })
  while (!output.includes('attached')) await once(strace.stderr, 'data')
  return {
    async stop() {
      strace.kill('SIGINT')
      await once(strace, 'close')
      const [, total] = output.match(/^\s*(\d+)\s+total$/m) ?? []
      if (total === undefined) throw new Error(`strace counted nothing:\n${output}`)
      return Number(total)
    },
  }
}

function judge(perOperation) {
  if (perOperation <= MOST_WRITES) return `PASS  at most ${MOST_WRITES}`
  process.exitCode = 1
  return `FAIL  at most ${MOST_WRITES}`
}
