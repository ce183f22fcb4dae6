import { type Signal, signal, useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type {
  ActionName,
  ActionReply,
  AuditEntry,
  AuditReply,
} from '../../../src/admin/api/actions.ts'
import type { AdminPermission, SessionReply } from '../../../src/admin/api/session.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { post, useApi } from '../use-api.ts'
import { Answered, Choice, Field, Section } from './parts.tsx'

interface Spec {
  readonly name: ActionName
  readonly title: string
  readonly note: string
  readonly needs: AdminPermission
  /** What is chosen or typed, in this order. */
  readonly inputs: readonly ('alias' | 'server' | 'tag' | 'key' | 'prefix' | 'confirm')[]
  readonly button: string
  readonly isGrave?: boolean
}

const SPECS: readonly Spec[] = [
  {
    name: 'invalidate-tags',
    title: 'Invalidate a tag',
    note: 'what carries it is stale, at once',
    needs: 'invalidate',
    inputs: ['alias', 'tag'],
    button: 'Invalidate',
  },
  {
    name: 'delete-key',
    title: 'Delete a key',
    note: 'as the application writes it',
    needs: 'delete',
    inputs: ['alias', 'key'],
    button: 'Delete',
  },
  {
    name: 'clear',
    title: 'Clear an alias',
    note: 'in all versions; type its name. On Memcached this walks over all keys',
    needs: 'bump',
    inputs: ['alias', 'confirm'],
    button: 'Clear',
    isGrave: true,
  },
  {
    name: 'delete-prefix',
    title: 'Delete by prefix',
    note: 'a thousand keys at most, as they are on the servers; type it twice',
    needs: 'delete',
    inputs: ['prefix', 'confirm'],
    button: 'Delete',
    isGrave: true,
  },
  {
    name: 'flush-server',
    title: 'Empty a server',
    note: 'whoever’s keys they are; type its name',
    needs: 'flush',
    inputs: ['server', 'confirm'],
    button: 'Empty',
    isGrave: true,
  },
]

const AUDIT: readonly Column<AuditEntry>[] = [
  { label: 'When', kind: 'words', cell: ({ atMs }) => new Date(atMs).toLocaleString() },
  { label: 'Who', kind: 'words', cell: ({ actor }) => actor },
  { label: 'What', kind: 'words', cell: ({ action }) => action },
  { label: 'To', kind: 'words', cell: ({ target }) => target },
  { label: 'Result', kind: 'words', cell: ({ result, message }) => `${result}. ${message}` },
]

export function ActionsScreen({ session }: { session: SessionReply }) {
  const audit = useApi<AuditReply>('audit')
  const allowed = SPECS.filter(({ needs, inputs }) => {
    const hasServers = session.servers.length > 0
    const isOfServers = inputs.includes('server') || inputs.includes('prefix')
    return session.permissions.includes(needs) && (hasServers || !isOfServers)
  })
  return (
    <>
      {allowed.length === 0 && (
        <p class="nothing">
          {session.readOnly
            ? 'The dashboard is read-only: see `readOnly` of createAdmin.'
            : 'You have no permission to change anything.'}
        </p>
      )}
      {allowed.map((spec) => (
        <Action key={spec.name} spec={spec} session={session} onDone={audit.again} />
      ))}
      <Section id="audit" title="Record" note="of this process, the last first">
        <Answered answer={audit}>
          {({ entries }) =>
            entries.length === 0 ? (
              <p class="quiet">Nothing was done by hand.</p>
            ) : (
              <DataTable
                caption="Record of actions"
                columns={AUDIT}
                rows={entries}
                keyOf={({ atMs, action, message }) => `${atMs} ${action} ${message}`}
              />
            )
          }
        </Answered>
      </Section>
    </>
  )
}

interface ActionProps {
  readonly spec: Spec
  readonly session: SessionReply
  readonly onDone: () => void
}

function Action({ spec, session, onDone }: ActionProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was typed outlives a new session.
  const typed = useMemo(() => inputsOf(spec, session), [])
  const said = useSignal('')
  const isRunning = useSignal(false)
  const act = async (): Promise<void> => {
    isRunning.value = true
    const { tag, ...rest } = Object.fromEntries(typed.map(([name, { value }]) => [name, value]))
    const body = tag === undefined ? rest : { ...rest, tags: [tag] }
    const answer = await post<ActionReply>(`actions/${spec.name}`, body)
    said.value = 'reply' in answer ? answer.reply.message : answer.error
    isRunning.value = false
    onDone()
  }
  const isWhole = typed.every(([, { value }]) => value !== '')
  return (
    <Section id={spec.name} title={spec.title} note={spec.note}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          void act()
        }}
      >
        {typed.map(([name, value]) =>
          name === 'alias' || name === 'server' ? (
            <Choice
              key={name}
              label={LABELS[name]}
              options={name === 'alias' ? session.aliases : session.servers}
              value={value}
            />
          ) : (
            <Field key={name} label={LABELS[name]} value={value} />
          ),
        )}
        <button
          type="submit"
          class={spec.isGrave ? 'grave' : undefined}
          disabled={isRunning.value || !isWhole}
        >
          {spec.button}
        </button>
        <output>{said}</output>
      </form>
    </Section>
  )
}

const LABELS = {
  alias: 'Alias',
  server: 'Server',
  tag: 'Tag',
  key: 'Key',
  prefix: 'Prefix',
  confirm: 'Again, to confirm',
} as const

type Input = Spec['inputs'][number]

function inputsOf({ inputs }: Spec, session: SessionReply): [Input, Signal<string>][] {
  return inputs.map((name) => {
    if (name === 'alias') return [name, signal(session.aliases[0] ?? '')]
    return [name, signal(name === 'server' ? (session.servers[0] ?? '') : '')]
  })
}
