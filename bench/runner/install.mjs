import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bench = fileURLToPath(new URL('..', import.meta.url))

/** The peers, as the lockfile in `folder` pins them. The project's own `npm ci` brings none. */
export function installPeers(folder = bench) {
  if (existsSync(`${folder}node_modules/.package-lock.json`)) return
  console.error('— Install what to compare with')
  must('npm', 'ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error')
}

/** Programs by the Debian package that has them: installed where we may, else named. */
export function installPrograms(programs) {
  const missing = Object.entries(programs).filter(([program]) => !isInstalled(program))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    console.error(`The bench needs ${packages.join(' and ')}. On Debian or Ubuntu:`)
    console.error(`  sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`)
    process.exit(1)
  }
  console.error(`— Install ${packages.join(', ')}`)
  must('apt-get', 'update', '-qq')
  must('apt-get', 'install', '-y', '-qq', ...packages)
}

function isInstalled(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}

function must(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}
