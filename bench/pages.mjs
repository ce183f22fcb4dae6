// What a page costs the process that sends it: constant, rendered, and from each page cache.
//
//   npm run bench:pages                everything: about five minutes
//   npm run bench:pages -- --quick     a look
//   npm run bench:pages -- --help      the options
//
// Runs against `dist`, because that is what ships. How it measures, and how to read it: README.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readOptions } from './pages/arguments.mjs'
import { judge } from './pages/claims.mjs'
import { allowedCores } from './pages/cores.mjs'
import { printPageClaims, tablesOf } from './pages/report.mjs'
import { writeSection } from './runner/document.mjs'
import { installPeers, installPrograms } from './runner/install.mjs'
import { printSetting, progress } from './runner/print.mjs'
import { start } from './runner/servers.mjs'
import { describeSetting } from './runner/setting.mjs'
import { printTable } from './runner/table.mjs'

const options = readOptions(process.argv.slice(2))
const [server, load] = allowedCores()
if (load === undefined) throw new Error('The bench needs two cores: one serves, one asks.')
installPrograms({ memcached: 'memcached', taskset: 'util-linux' })
installPeers(fileURLToPath(new URL('pages/', import.meta.url)))

const { compare } = await import('./pages/compare.mjs')
const { renderPage } = await import('./pages/page.mjs')
const { fillForNginx, versionsOf, withPrograms } = await import('./pages/system.mjs')

const rows = withPrograms(options.rows)
const setting = { ...describeSetting(options, '../pages'), also: versionsOf(rows) }
printSetting(setting)

const started = new Set()
let lastSaid = ''
const folder = mkdtempSync(join(tmpdir(), 'reprise-bench-pages-'))
process.on('exit', endAll)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130))

// With the visitors: what it takes is not counted, and the server has its core to itself.
const { child, port } = await start('taskset', 'version\r\n', (free) => [
  ...['-c', `${load}`, 'memcached', '-l', '127.0.0.1', '-p', free, '-u', 'nobody', '-m', '64'],
])
started.add(child.pid)
const memcached = `127.0.0.1:${port}`
const text = renderPage()
await fillForNginx({ ...options, memcached, text })
const parts = { ...options, memcached, text, folder, cores: { server, load } }
const measured = await compare(rows, parts, started, say)
progress('')

const tables = tablesOf(measured)
for (const table of tables) printTable(table)
const claims = judge(measured)
printPageClaims(claims)
if (options.json) {
  writeFileSync(options.json, JSON.stringify({ setting, rows: measured, claims }, null, 2))
}
if (options.docs) writeSection('bench:pages', setting, tables, claims)
// A quick look is too short to fail anybody by.
process.exit(!options.quick && claims.some(({ passed }) => !passed) ? 1 : 0)

/** On a terminal every step, elsewhere a line for each stage. */
function say(what) {
  if (process.stderr.isTTY) progress(what)
  const stage = what.split(/ (?=\S+$)/)[0]
  if (!process.stderr.isTTY && stage !== lastSaid) console.error(`— ${stage}`)
  lastSaid = stage
}

/** By process id, so that nothing stays behind a run that failed or was broken off. */
function endAll() {
  for (const pid of started) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  }
  rmSync(folder, { recursive: true, force: true })
}
