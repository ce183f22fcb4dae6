// One client with one workload in a process of its own: no other client's garbage or shapes.
import './no-delay.mjs'
import { checkValues, loops } from './loops.mjs'
import { answerTurns } from './measure.mjs'
import { entriesOf } from './workloads.mjs'

const { client: name, adapter, workload, options } = JSON.parse(process.argv[2])
const { open } = await import(`../clients/${adapter}.mjs`)
const client = await open(options)
const entries = entriesOf(workload, name.padEnd(15, '-'))
if (client.start) {
  answerTurns(await client.start(workload, entries))
} else {
  await checkValues(client, workload, entries)
  answerTurns(loops(client, workload, entries))
}
