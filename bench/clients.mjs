// What an operation costs each client's process, beside a bare socket that does the same work.
//
//   npm run bench                       everything: about five minutes
//   npm run bench -- --quick            a look at the main rows: under 40 seconds
//   npm run bench -- --help             the options
//
// Runs against `dist`, because that is what ships. How it measures, and how to read it: README.md.
import { writeFileSync } from 'node:fs'
import { readOptions } from './runner/arguments.mjs'
import { judge } from './runner/claims.mjs'
import { CLIENTS, takesPart } from './runner/clients.mjs'
import { compare } from './runner/compare.mjs'
import { installPeers, installPrograms } from './runner/install.mjs'
import { printClaims, printSetting, progress } from './runner/print.mjs'
import { printTable } from './runner/report.mjs'
import { startServers } from './runner/servers.mjs'
import { describeSetting } from './runner/setting.mjs'

const options = readOptions(process.argv.slice(2))
const usesRedis = options.clients.some((client) => CLIENTS[client].server === 'redis')
installPrograms({ memcached: 'memcached', ...(usesRedis && { 'redis-server': 'redis-server' }) })
installPeers()

const setting = describeSetting({ ...options, usesRedis })
printSetting(setting)
const servers = await startServers({ memcached: 3, redis: usesRedis ? 1 : 0 })
const rows = []
try {
  for (const [i, workload] of options.workloads.entries()) {
    const say = (what) =>
      progress(`[${i + 1}/${options.workloads.length}] ${workload.title}: ${what}`)
    const clients = options.clients.filter((client) => takesPart(client, workload))
    const measured = await compare(workload, clients, servers, options, say)
    rows.push(...measured)
    progress('')
    printTable(workload, measured)
  }
} finally {
  servers.stop()
}
const claims = judge(rows)
printClaims(claims)
if (options.json) writeFileSync(options.json, JSON.stringify({ setting, rows, claims }, null, 2))
// A quick look is too short to fail anybody by.
if (!options.quick && claims.some(({ passed }) => !passed)) process.exitCode = 1
