import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CLIENTS } from './clients.mjs'
import { WORKLOADS } from './workloads.mjs'

const HELP = `
  --only get,mix       workloads whose name starts so: ${WORKLOADS.map(({ name }) => name).join(' ')}
  --clients ours,floor of ${Object.keys(CLIENTS).join(' ')}
  --rounds 11          how often each client has its turn
  --ms 120             how long a turn takes, in ms of CPU time
  --warm 400           how long each warms up before, likewise
  --quick              the main rows only, 5 rounds of 40 ms after 250 ms
  --node path          the Node binary that runs the clients
  --dist folder        the build to measure
  --base folder        another build of ours, measured beside it
  --json file          every round's figures
`

/** Checks the command line of the bench and fills its holes. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      clients: { type: 'string' },
      rounds: { type: 'string' },
      ms: { type: 'string' },
      warm: { type: 'string' },
      quick: { type: 'boolean', default: false },
      node: { type: 'string', default: process.execPath },
      dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
      base: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    process.exit()
  }
  const everyone = Object.keys(CLIENTS).filter((name) => name !== 'base' || values.base)
  const usual = everyone.filter((name) => name === 'base' || !CLIENTS[name].onDemand)
  const workloads = WORKLOADS.filter(({ name, isMain }) =>
    values.only ? startsWithOneOf(name, values.only) : isMain || !values.quick,
  )
  if (workloads.length === 0) throw new Error(`No workload is called ${values.only}.${HELP}`)
  return {
    ...values,
    dist: resolve(values.dist),
    base: values.base && resolve(values.base),
    clients: values.clients ? everyone.filter(named(values.clients)) : usual,
    workloads,
    rounds: Number(values.rounds ?? (values.quick ? 5 : 11)),
    roundMs: Number(values.ms ?? (values.quick ? 40 : 120)),
    warmMs: Number(values.warm ?? (values.quick ? 250 : 400)),
  }
}

function named(list) {
  const names = list.split(',')
  const unknown = names.filter((name) => !(name in CLIENTS))
  if (unknown.length > 0) throw new Error(`No client is called ${unknown.join(', ')}.${HELP}`)
  return (name) => names.includes(name) || name === 'base'
}

function startsWithOneOf(name, list) {
  return list.split(',').some((start) => name.startsWith(start))
}
