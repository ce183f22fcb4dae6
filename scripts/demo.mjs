// The atlas, from a fresh clone to a running site: installs, builds, loads the data, starts.
//
//   npm run demo                     PORT (default 3000); Ctrl-C stops
//   npm run demo -- --load           measures it with the cache off and on instead
//   npm run demo -- --load --json    the same, as JSON
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const options = readOptions()
// With --json standard output is for the JSON alone.
const say = options.json ? console.error : console.log

if (!existsSync(`${root}node_modules/.package-lock.json`)) {
  await step('Installing the packages (about a minute)', 'npm', ['ci', '--no-audit', '--no-fund'])
}
await step('Building', 'npm', ['run', '--silent', 'build'])
if (!existsSync(`${root}examples/atlas/dist/server.js`)) {
  await step('Building the atlas', 'npx', ['--no-install', 'tsc', '-p', 'examples/atlas'])
}
if (options.load) {
  // Not imported above: on a fresh clone nothing that they need is there yet.
  const { measure } = await import('./load.mjs')
  process.exitCode = (await measure({ json: options.json, say })) ? 0 : 1
} else {
  await startSite()
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        load: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    console.error(`${error.message}\nnpm run demo -- [--load [--json]]`)
    process.exit(2)
  }
}

async function startSite() {
  const { freePort } = await import('./load-servers.mjs')
  const wanted = Number(process.env.PORT ?? 3000)
  const port = await freePort(wanted)
  if (port !== wanted) say(`Port ${wanted} is taken: using ${port}.`)
  say('Starting the site; the first start loads 130,000 cities (about 15 seconds).')
  const server = spawn(process.execPath, ['examples/atlas/dist/server.js'], {
    cwd: root,
    env: { ...process.env, PORT: `${port}` },
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
  const [code] = await once(server, 'exit')
  process.exitCode = code ?? 0
}

async function step(title, command, args) {
  say(`${title} …`)
  const startedMs = performance.now()
  const child = spawn(command, args, { cwd: root, stdio: ['inherit', options.json ? 2 : 1, 2] })
  const [code] = await once(child, 'exit')
  if (code !== 0) {
    console.error(`${title} did not work: \`${command} ${args.join(' ')}\` ended with ${code}.`)
    process.exit(code ?? 1)
  }
  say(`  done in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`)
}
