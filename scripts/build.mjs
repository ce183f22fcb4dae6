// Builds what ships into dist/: the package with tsc, the dashboard's client with vite.
//
//   npm run build
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const run = (command, ...args) =>
  execFileSync('npx', ['--no-install', command, ...args], { cwd: root, stdio: 'inherit' })

rmSync(new URL('dist', root), { recursive: true, force: true })
run('tsc', '-p', 'tsconfig.build.json')
run('vite', 'build', '-c', 'ui/vite.config.ts', '--logLevel', 'warn')
for (const example of ['examples/atlas', 'examples/nest']) {
  if (existsSync(new URL(`${example}/tsconfig.json`, root))) run('tsc', '-p', example)
}
