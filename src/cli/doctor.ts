import { formatBytes, formatCount, formatDuration } from '../admin/format.ts'
import { type Checkup, checkUp } from './checkup.ts'
import { COLOR_OPTION, type Command, JSON_OPTION, PLACE_OPTIONS } from './command.ts'
import { demandsOn, settingsFindings } from './doctor-settings.ts'
import type { Finding } from './finding.ts'
import { fleetFindings } from './fleet-findings.ts'
import { EXIT, type Io } from './io.ts'
import type { Options } from './options.ts'
import { serverFindings } from './server-findings.ts'
import { INTERVAL_OPTION, INTERVAL_RANGE } from './stats.ts'
import { Target } from './target.ts'
import { choosePaint, formatJson, type Paint, printable } from './terminal.ts'

export const DOCTOR: Command = {
  name: 'doctor',
  words: '',
  fewestWords: 0,
  mostWords: 0,
  summary: 'Whether anything is wrong, and what to do about it',
  about: `Looks at the settings and at every server: whether it answers, its version, limits,
memory, connections and clock, and who else can reach it. It reads only. For each
thing that is wrong there is a sentence that says what to do, and the command ends
with 5; advice alone ends with 0, unless --strict is given.`,
  options: [
    ...PLACE_OPTIONS,
    INTERVAL_OPTION,
    { flags: '--strict', help: 'Advice counts as something wrong' },
    JSON_OPTION,
    COLOR_OPTION,
  ],
  examples: ['reprise doctor', 'reprise doctor --strict --json | jq .findings'],
  run: async ({ options }, io) => {
    const found = await examine(options, io)
    if (io.signal.aborted) return EXIT.interrupted
    const { findings, checkups, file } = found
    const isWrong = ({ level }: Finding): boolean => level === 'problem' || options.flag('strict')
    const isHealthy = !findings.some(isWrong)
    if (options.flag('json')) {
      const servers = checkups.map(({ server, after }) => ({
        server,
        up: after !== undefined,
        version: after?.version ?? null,
      }))
      const whole = { schemaVersion: 1, healthy: isHealthy, file: file ?? null, servers, findings }
      io.stdout.write(`${formatJson(whole, 2)}\n`)
    } else {
      io.stdout.write(report(found, choosePaint(io, options.kept('color'))))
    }
    return isHealthy ? EXIT.ok : EXIT.unhealthy
  },
}

interface Examined {
  readonly file: string | undefined
  readonly checkups: readonly Checkup[]
  readonly findings: readonly Finding[]
}

async function examine(options: Options, io: Io): Promise<Examined> {
  const interval = options.seconds('interval', INTERVAL_RANGE)
  const { target, findings, file } = await settingsFindings(() => Target.open(options, io))
  if (target === undefined) return { file, checkups: [], findings }
  await using opened = target
  const { clients, found } = opened
  const demands = demandsOn(opened)
  const checkups = (
    await Promise.all(clients.map((client) => checkUp(client, demands(client), interval, io)))
  ).flat()
  const weights = new Map(
    clients.flatMap((client) =>
      client.servers.map((server, i): [string, number] => [server, client.weights[i] ?? 1]),
    ),
  )
  return {
    file: found.file,
    checkups,
    findings: [
      ...findings,
      ...fleetFindings(checkups, weights),
      ...checkups.flatMap((checkup) => serverFindings(checkup)),
    ],
  }
}

function report({ file, checkups, findings }: Examined, paint: Paint): string {
  const lines: string[] = []
  const tell = (where: string): void => {
    const here = findings.filter((finding) => finding.where === where)
    for (const { level, text, action } of here) {
      const isProblem = level === 'problem'
      const word = isProblem ? paint('problem', 'red') : paint('advice', 'yellow')
      lines.push(
        `  ${word}${isProblem ? '' : ' '}  ${printable(text)}`,
        `           ${printable(action)}`,
      )
    }
    if (here.length === 0) lines.push(`  ${paint('ok', 'green')}`)
  }
  lines.push(paint('settings', 'bold') + (file === undefined ? '' : `  ${printable(file)}`))
  tell('settings')
  if (findings.some(({ where }) => where === 'all servers')) {
    lines.push('', paint('all servers', 'bold'))
    tell('all servers')
  }
  for (const checkup of checkups) {
    lines.push('', `${paint(printable(checkup.server), 'bold')}  ${stateOf(checkup)}`)
    tell(checkup.server)
  }
  const problems = findings.filter(({ level }) => level === 'problem').length
  const advice = findings.length - problems
  lines.push('', summary(problems, advice))
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function stateOf({ after }: Checkup): string {
  if (after === undefined) return 'down'
  const items = after.curr_items === 0 ? 'empty' : `${formatCount(after.curr_items ?? null)} items`
  const parts = [
    `memcached ${printable(after.version ?? '').slice(0, 60)}`,
    `up ${formatDuration(after.uptime ?? null)}`,
    items,
    formatBytes(after.limit_maxbytes ?? null),
  ]
  return parts.join(', ')
}

function summary(problems: number, advice: number): string {
  if (problems + advice === 0) return 'Nothing is wrong.'
  const found =
    problems === 0 ? 'Nothing is wrong' : `${problems} thing${problems === 1 ? '' : 's'} wrong`
  return advice === 0
    ? `${found}.`
    : `${found}; ${advice} piece${advice === 1 ? '' : 's'} of advice.`
}
