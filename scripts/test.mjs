// The whole proof, from a fresh clone: installs what is missing, builds, lints, checks types and the
// package, then runs every test against a real memcached and a real Chromium.
//
//   npm test
//
// Arguments go to vitest (`npm test -- --project unit`), and then only the tests run.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const filters = process.argv.slice(2)

if (!existsSync(`${root}node_modules/.package-lock.json`)) step('Install', 'npm', 'ci')
installSystemPackages()
step('Build', 'npm', 'run', '--silent', 'build')
if (filters.length === 0) {
  step('Lint', 'npx', '--no-install', 'biome', 'check', '.')
  step('Types', 'npm', 'run', '--silent', 'types')
  step('Unused code', 'npx', '--no-install', 'knip')
  step('Package', 'npm', 'run', '--silent', 'package')
}
step('Test', 'npx', '--no-install', 'vitest', 'run', ...filters)

function step(title, command, ...args) {
  console.error(`\n— ${title}`)
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

/** memcached, openssl, Redis and Chromium are Debian packages: installed where we may, else named. */
function installSystemPackages() {
  const servers = ['memcached', 'openssl', 'redis-server']
  const needed = process.env.CHROMIUM_PATH ? servers : [...servers, 'chromium']
  const missing = needed.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const mayInstall = process.getuid?.() === 0 && isInstalled('apt-get')
  if (!mayInstall) {
    console.error(`The tests need ${missing.join(' and ')}. On Debian or Ubuntu:`)
    console.error(`  sudo apt-get update && sudo apt-get install -y ${missing.join(' ')}`)
    process.exit(1)
  }
  step('Package lists', 'apt-get', 'update', '-qq')
  step(`Install ${missing.join(', ')}`, 'apt-get', 'install', '-y', '-qq', ...missing)
}

function isInstalled(command) {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
