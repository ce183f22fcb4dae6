import { readCommandLine, startsWithOneOf } from '../runner/command-line.mjs'
import { WORKLOADS } from './workloads.mjs'

const HELP = `
  --only memory,tags   workloads whose name starts so: ${WORKLOADS.map(({ name }) => name).join(' ')}
  --frameworks a,b     rows whose name starts so: reprise bentocache cacheable cache-manager keyv lru-cache Map
  --rounds 11          how often each framework has its turn
  --ms 120             how long a turn takes, in ms of CPU time
  --warm 400           how long each warms up before, likewise
  --quick              the main tables only, 5 rounds of 40 ms after 250 ms; no verdict
  --docs               puts the tables into docs/comparison.md
  --node path          the Node binary that runs the frameworks
  --dist folder        the build to measure
  --json file          every round's figures
`

/** Checks the command line of the comparison of frameworks and fills its holes. */
export function readOptions(args) {
  const more = { frameworks: { type: 'string' }, docs: { type: 'boolean', default: false } }
  const values = readCommandLine(args, more, WORKLOADS, HELP)
  const { frameworks } = values
  return {
    ...values,
    takes: ({ name }) => frameworks === undefined || startsWithOneOf(name, frameworks),
  }
}
