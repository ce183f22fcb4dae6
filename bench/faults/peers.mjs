// What happens to Memcached clients in a fault: Reprise beside those of npm, each with its defaults.
//
//   npm run faults:peers                    all, about four minutes
//   npm run faults:peers -- garbage reprise only what has these words in its name
//
// 8 loops read 200 keys at random, whose value is `v:<key>`; 2.5 s of fault, then 6 s of health. Each
// run has a process of its own. Prints a table in Markdown, and exits with 1 where Reprise gives a
// wrong value, leaves a promise unsettled or throws where nobody can catch it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { installPeers, installPrograms } from '../runner/install.mjs'
import { CLIENTS } from './clients.mjs'
import { FAULTS } from './faults.mjs'
import { isBroken, table } from './table.mjs'

// Each run mostly waits; four of them load two cores by a half.
const AT_ONCE = 4
const LIMIT_MS = 25_000

installPeers()
installPrograms({ memcached: 'memcached' })

const words = process.argv.slice(2)
const faults = chosen(FAULTS.map(({ name }) => name))
const clients = chosen(CLIENTS)

const results = new Map()
const jobs = faults.flatMap((fault) => clients.map((client) => ({ fault, client })))
await Promise.all(Array.from({ length: AT_ONCE }, work))

const found = (fault, client) => results.get(`${fault}\n${client}`)
process.stdout.write(`\n${table(faults, clients, versions(), found)}\n\n`)
process.stdout.write(
  "wrong: reads that gave another value than the key's. stuck: loops, of 8, whose promise had not settled 6 s after the fault. max: the slowest read. conn: connections opened during and after the fault. back: from the end of the fault to the first answer.\n",
)
const broken = faults.filter(
  (fault) => clients.includes('reprise') && isBroken(found(fault, 'reprise')),
)
if (broken.length > 0) {
  process.stderr.write(`\nReprise is broken by: ${broken.join('; ')}\n`)
  process.exitCode = 1
}

async function work() {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const { fault, client } = job
    const result = await run(client, fault)
    results.set(`${fault}\n${client}`, result)
    const sign = isBroken(result) ? '✗' : '✓'
    const examples = [result?.wrongExample, result?.uncaughtExample].filter(Boolean).join(' | ')
    const total = faults.length * clients.length
    process.stderr.write(`${results.size}/${total} ${sign} ${client}: ${fault}  ${examples}\n`)
  }
}

/** `undefined` where the process ended without a result or had to be killed. */
async function run(client, fault) {
  const script = fileURLToPath(new URL('run.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, client, fault], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // A group of its own, so that its memcached goes with it.
    detached: true,
  })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  const limit = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), LIMIT_MS)
  const [code] = await once(child, 'close')
  clearTimeout(limit)
  // Clients write to the standard output too: the result is the last line.
  return code === 0 ? JSON.parse(printed.trim().split('\n').at(-1)) : undefined
}

function chosen(names) {
  const wanted = names.filter((name) => words.some((word) => name.includes(word)))
  return wanted.length > 0 ? wanted : names
}

function versions() {
  const manifest = new URL('../package.json', import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).dependencies
}
