// How often a value is computed when everybody wants it at once, and who waits for it.
//
//   npm run bench:stampede                every framework: about two minutes
//   npm run bench:stampede -- --help      the options
//
// Four processes at one store, as four workers of a site are. How it measures: README.md.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { writeSection } from './runner/document.mjs'
import { installPeers, installPrograms } from './runner/install.mjs'
import { printClaims, printSetting, progress } from './runner/print.mjs'
import { startServers } from './runner/servers.mjs'
import { describeSetting } from './runner/setting.mjs'
import { printTable } from './runner/table.mjs'
import { readOptions } from './stampede/arguments.mjs'
import { judge } from './stampede/claims.mjs'
import { SCENES } from './stampede/play.mjs'
import { tableOf } from './stampede/report.mjs'

const options = readOptions(process.argv.slice(2))
installPrograms({ memcached: 'memcached', 'redis-server': 'redis-server' })
installPeers(fileURLToPath(new URL('frameworks/', import.meta.url)))

const setting = describeSetting({ ...options, usesRedis: true }, '../frameworks')
printSetting(setting)
const rows = []
for (const row of options.rows) {
  const { name } = row
  const played = { name }
  for (const scene of options.scenes) {
    progress(`${name}: ${scene}`)
    const servers = await startServers({ memcached: 1, redis: 1 })
    try {
      played[scene] = await SCENES[scene](row, servers, options)
    } finally {
      servers.stop()
    }
  }
  rows.push(played)
}
progress('')
const table = tableOf(rows, options.scenes)
printTable(table)
const claims = judge(rows)
printClaims(claims)
if (options.json) writeFileSync(options.json, JSON.stringify({ setting, rows, claims }, null, 2))
if (options.docs) writeSection('bench:stampede', setting, [table], claims)
// A quick look is too short to fail anybody by.
if (!options.quick && claims.some(({ passed }) => !passed)) process.exitCode = 1
