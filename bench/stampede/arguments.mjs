import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startsWithOneOf } from '../runner/command-line.mjs'
import { SCENES } from './play.mjs'
import { ROWS } from './rows.mjs'

const HELP = `
  --only cold,hot      of ${Object.keys(SCENES).join(' ')}
  --frameworks a,b     rows whose name starts so: reprise bentocache cacheable cache-manager keyv
  --quick              one cold key, and 3 s of the hot one; no verdict
  --docs               puts the table into docs/comparison.md
  --node path          the Node binary that runs the frameworks
  --dist folder        the build to measure
  --json file          the figures
`

/** Checks the command line of the stampedes and fills its holes. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: '' },
      frameworks: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
      node: { type: 'string', default: process.execPath },
      dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    process.exit()
  }
  const scenes = Object.keys(SCENES).filter((name) => startsWithOneOf(name, values.only))
  const rows = ROWS.filter(({ name }) => startsWithOneOf(name, values.frameworks))
  if (scenes.length === 0 || rows.length === 0) throw new Error(`Nothing is called that.${HELP}`)
  return {
    ...values,
    dist: resolve(values.dist),
    scenes,
    rows,
    rounds: values.quick ? 1 : 3,
    hotMs: values.quick ? 3000 : 6000,
  }
}
