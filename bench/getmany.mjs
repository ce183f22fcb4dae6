// What `getMany` of 100 keys does to the socket and to the heap, counted exactly.
//
//   npm run bench:getmany
//
// Writes and read turns are counted in the process; `npm run bench:syscalls` sees the same writes
// from outside. memcached answers 20 requests per write unless told otherwise (`-R`), so that 100
// answers are 5 writes of its own, and how many of those one read finds is the kernel's business;
// with `-R 200` they are one, and one read turn must do.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { readOptions } from './runner/arguments.mjs'
import { installPrograms } from './runner/install.mjs'
import { startServers } from './runner/servers.mjs'

const CHILD = fileURLToPath(new URL('runner/getmany-child.mjs', import.meta.url))
// Room for all that is allocated while it is counted, so that nothing is collected meanwhile.
const NO_COLLECTION = ['--min-semi-space-size=64', '--max-semi-space-size=64']
const MOST_BYTES_PER_KEY = 600

const { dist, node } = readOptions(process.argv.slice(2))
installPrograms({ memcached: 'memcached' })

for (const perEvent of [20, 200]) {
  for (const count of [1, 3]) {
    const servers = await startServers({ memcached: count, memcachedArgs: ['-R', `${perEvent}`] })
    try {
      const { writes, reads } = await ask('turns', servers.memcached)
      console.log(`getMany of 100, ${count} servers that answer ${perEvent} per write (-R)`)
      say(`${writes} writes per server`, writes === 1)
      if (perEvent === 20) console.log(`      ${reads.toFixed(2)} read turns per server`)
      else say(`${reads.toFixed(2)} read turns per server`, reads <= 1.05)
    } finally {
      servers.stop()
    }
  }
}

const servers = await startServers({ memcached: 1 })
try {
  const { heap, outside } = await ask('bytes', servers.memcached)
  console.log('Allocated per key of 100 B, by one server')
  say(`${heap} bytes of heap, at most ${MOST_BYTES_PER_KEY}`, heap <= MOST_BYTES_PER_KEY)
  say(`${outside} bytes in array buffers, the value's 100 included`, outside <= 200)
} finally {
  servers.stop()
}

function say(text, passed) {
  console.log(`${passed ? 'PASS' : 'FAIL'}  ${text}`)
  if (!passed) process.exitCode = 1
}

async function ask(question, servers) {
  const job = JSON.stringify({ question, servers, dist })
  const child = fork(CHILD, [job], { execPath: node, execArgv: NO_COLLECTION })
  const failed = once(child, 'exit').then(() => {
    throw new Error('getmany-child.mjs failed: see above.')
  })
  failed.catch(() => undefined)
  const [answer] = await Promise.race([once(child, 'message'), failed])
  return answer
}
