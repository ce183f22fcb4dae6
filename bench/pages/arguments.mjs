import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ROWS } from './rows.mjs'

const HELP = `
  --only node,koa/site   rows whose name starts so: ${ROWS.map(({ name }) => name).join(' ')}
  --rounds 5             how often each row has its turn
  --seconds 0.6          how long a turn takes, in seconds of the server's CPU time
  --warm 1.5             how long each warms up before, likewise
  --connections 32       how many visitors ask at the same time
  --quick                3 rounds of 0.3 s after 0.8 s; no verdict
  --docs                 puts the tables into docs/comparison.md
  --dist folder          the build to measure
  --node path            the Node binary that runs the servers
  --json file            every round's figures
`
const OPTIONS = {
  only: { type: 'string' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  warm: { type: 'string' },
  connections: { type: 'string', default: '32' },
  quick: { type: 'boolean', default: false },
  docs: { type: 'boolean', default: false },
  dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
  node: { type: 'string', default: process.execPath },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
}

/** Checks the command line of the comparison of pages and fills its holes. */
export function readOptions(args) {
  const { values } = parseArgs({ args, options: OPTIONS })
  if (values.help) {
    console.log(HELP)
    process.exit()
  }
  const { only, quick } = values
  if (values.docs && (only !== undefined || quick)) {
    throw new Error('`--docs` is for a whole run: leave `--only` and `--quick` out.')
  }
  return {
    ...values,
    dist: resolve(values.dist),
    rows: only === undefined ? ROWS : chosen(only.split(',')),
    rounds: count('rounds', values.rounds ?? (quick ? '3' : '5')),
    connections: count('connections', values.connections),
    // The clock that CPU time is read from ticks a hundred times a second.
    roundMs: duration('seconds', values.seconds ?? (quick ? '0.3' : '0.6'), 0.1) * 1000,
    warmMs: duration('warm', values.warm ?? (quick ? '0.8' : '1.5'), 0.1) * 1000,
  }
}

function chosen(starts) {
  const unknown = starts.filter((start) => !ROWS.some(({ name }) => name.startsWith(start)))
  if (unknown.length > 0) throw new Error(`No row is called ${unknown.join(', ')}.${HELP}`)
  return ROWS.filter(({ name }) => starts.some((start) => name.startsWith(start)))
}

function count(name, text) {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0 && value <= 1000) return value
  throw new Error(`--${name} is "${text}": it must be a whole number from 1 to 1000.`)
}

function duration(name, text, least) {
  const value = Number(text)
  if (text.trim() !== '' && value >= least && value <= 60) return value
  throw new Error(`--${name} is "${text}": it must be a number of seconds from ${least} to 60.`)
}
