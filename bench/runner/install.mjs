import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bench = fileURLToPath(new URL('..', import.meta.url))

/** The peers, as the lockfile in `folder` pins them. The project's own `npm ci` brings none. */
export function installPeers(folder = bench) {
  if (existsSync(`${folder}node_modules/.package-lock.json`)) return
  console.error('— Install what to compare with')
  const args = ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']
  if (run('npm', ...args) !== 0) process.exit(1)
}

/** Programs by the Debian package that has them: installed where we may, else named. */
export function installPrograms(programs) {
  const missing = Object.entries(programs).filter(([program]) => !isInstalled(program))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  if (!mayInstallPackages()) {
    console.error(`The bench needs ${packages.join(' and ')}. On Debian or Ubuntu:`)
    console.error(`  sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`)
    process.exit(1)
  }
  if (!installPackages(packages)) process.exit(1)
}

export function mayInstallPackages() {
  return process.getuid?.() === 0 && isInstalled('apt-get')
}

/** Installs packages of Debian, and returns whether that worked. */
export function installPackages(packages) {
  console.error(`— Install ${packages.join(', ')}`)
  return (
    run('apt-get', 'update', '-qq') === 0 &&
    run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages) === 0
  )
}

export function isInstalled(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}

function run(command, ...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env }).status ?? 1
}
