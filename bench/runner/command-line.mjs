import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** What every comparison understands. */
const COMMON = {
  only: { type: 'string' },
  rounds: { type: 'string' },
  ms: { type: 'string' },
  warm: { type: 'string' },
  quick: { type: 'boolean', default: false },
  node: { type: 'string', default: process.execPath },
  dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
}

/**
 * Reads a command line, of which `more` says what else it may hold, and fills its holes. `workloads`
 * are those that it asks for.
 */
export function readCommandLine(args, more, workloads, help) {
  const { values } = parseArgs({ args, options: { ...COMMON, ...more } })
  if (values.help) {
    console.log(help)
    process.exit()
  }
  const chosen = workloads.filter(({ name, isMain }) =>
    values.only ? startsWithOneOf(name, values.only) : isMain || !values.quick,
  )
  if (chosen.length === 0) throw new Error(`No workload is called ${values.only}.${help}`)
  return {
    ...values,
    dist: resolve(values.dist),
    workloads: chosen,
    rounds: Number(values.rounds ?? (values.quick ? 5 : 11)),
    roundMs: Number(values.ms ?? (values.quick ? 40 : 120)),
    warmMs: Number(values.warm ?? (values.quick ? 250 : 400)),
  }
}

export function startsWithOneOf(name, list) {
  return list.split(',').some((start) => name.startsWith(start))
}
