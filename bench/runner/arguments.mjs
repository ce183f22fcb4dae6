import { resolve } from 'node:path'
import { CLIENTS } from './clients.mjs'
import { readCommandLine } from './command-line.mjs'
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
  const more = { clients: { type: 'string' }, base: { type: 'string' } }
  const values = readCommandLine(args, more, WORKLOADS, HELP)
  const everyone = Object.keys(CLIENTS).filter((name) => name !== 'base' || values.base)
  const usual = everyone.filter((name) => name === 'base' || !CLIENTS[name].onDemand)
  return {
    ...values,
    base: values.base && resolve(values.base),
    clients: values.clients ? everyone.filter(named(values.clients)) : usual,
  }
}

function named(list) {
  const names = list.split(',')
  const unknown = names.filter((name) => !(name in CLIENTS))
  if (unknown.length > 0) throw new Error(`No client is called ${unknown.join(', ')}.${HELP}`)
  return (name) => names.includes(name) || name === 'base'
}
