// What a hit costs the process of each cache framework, in memory and by a server.
//
//   npm run bench:frameworks                everything: about six minutes
//   npm run bench:frameworks -- --quick     a look at the main tables
//   npm run bench:frameworks -- --help      the options
//
// Runs against `dist`, because that is what ships. How it measures, and how to read it: README.md.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readOptions } from './frameworks/arguments.mjs'
import { judge } from './frameworks/claims.mjs'
import { compare } from './frameworks/compare.mjs'
import { tableOf } from './frameworks/report.mjs'
import { writeSection } from './runner/document.mjs'
import { installPeers, installPrograms } from './runner/install.mjs'
import { printClaims, printSetting, progress } from './runner/print.mjs'
import { startServers } from './runner/servers.mjs'
import { describeSetting } from './runner/setting.mjs'
import { printTable } from './runner/table.mjs'

const options = readOptions(process.argv.slice(2))
installPrograms({ memcached: 'memcached', 'redis-server': 'redis-server' })
installPeers(fileURLToPath(new URL('frameworks/', import.meta.url)))

const setting = describeSetting({ ...options, usesRedis: true }, '../frameworks')
printSetting(setting)
const servers = await startServers({ memcached: 1, redis: 1 })
const rows = []
const tables = []
try {
  for (const [i, workload] of options.workloads.entries()) {
    const say = (what) =>
      progress(`[${i + 1}/${options.workloads.length}] ${workload.title}: ${what}`)
    const measured = await compare(workload, servers, options, say)
    rows.push(...measured)
    progress('')
    const table = tableOf(workload, measured)
    tables.push(table)
    printTable(table)
  }
} finally {
  servers.stop()
}
const claims = judge(rows)
printClaims(claims)
if (options.json) writeFileSync(options.json, JSON.stringify({ setting, rows, claims }, null, 2))
if (options.docs) writeSection('bench:frameworks', setting, tables, claims)
// A quick look is too short to fail anybody by.
if (!options.quick && claims.some(({ passed }) => !passed)) process.exitCode = 1
