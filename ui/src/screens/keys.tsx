import { useSignal } from '@preact/signals'
import type { KeyGroup, KeyReply, KeyRow, KeysReply } from '../../../src/admin/api/keys.ts'
import type { SessionReply } from '../../../src/admin/api/session.ts'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
} from '../../../src/admin/format.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { useApi } from '../use-api.ts'
import { formatMs } from './aliases.tsx'
import { KeyFacts } from './key-facts.tsx'
import { Answered, Bars, Choice, Field, Section } from './parts.tsx'

const ROWS: readonly Column<KeyRow>[] = [
  {
    label: 'Key',
    kind: 'words',
    cell: ({ key, alias, hashed }) => (
      <>
        <code>{key}</code> {alias !== null && <span class="tag">{alias}</span>}{' '}
        {hashed && <span class="tag">hashed</span>}
      </>
    ),
  },
  { label: 'Size', cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
  { label: 'Expires in', cell: ({ ttl }) => (ttl === null ? 'never' : formatDuration(ttl)) },
  {
    label: 'Unused for',
    hint: 'Since it was last read or written.',
    cell: ({ idle }) => formatDuration(idle),
  },
  {
    label: 'Read',
    hint: 'Whether anybody has ever read it.',
    kind: 'words',
    cell: ({ fetched }) => (fetched ? 'yes' : 'never'),
  },
  { label: 'Server', kind: 'words', cell: ({ server }) => server },
]

export function KeysScreen({ session }: { session: SessionReply }) {
  if (!session.permissions.includes('values')) {
    return (
      <p class="nothing">
        Keys and values are not shown: it takes the permission "values", and the option
        <code> values</code> of createAdmin (now "{session.values}").
      </p>
    )
  }
  return (
    <>
      <LookUp session={session} />
      {session.servers.length > 0 && <Listing />}
    </>
  )
}

function LookUp({ session }: { session: SessionReply }) {
  const alias = useSignal(session.aliases[0] ?? '')
  const key = useSignal('')
  const asked = useSignal<string | undefined>(undefined)
  const answer = useApi<KeyReply>(asked.value, Infinity)
  const go = (preview: boolean) => {
    const what = { alias: alias.value, key: key.value, ...(preview ? { preview: '1' } : {}) }
    const path = `key?${new URLSearchParams(what)}`
    if (path === asked.value) answer.again()
    asked.value = path
  }
  return (
    <Section id="look-up" title="One key" note="looking it up counts as no read, its value does">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          go(false)
        }}
      >
        <Choice label="Alias" options={session.aliases} value={alias} />
        <Field label="Key" value={key} hint="as the application writes it" />
        <button type="submit" disabled={key.value === ''}>
          Look up
        </button>
        {session.values === 'preview' && (
          <button type="button" disabled={key.value === ''} onClick={() => go(true)}>
            Show the value
          </button>
        )}
      </form>
      {asked.value !== undefined && (
        <Answered answer={answer}>{(reply) => <KeyFacts reply={reply} />}</Answered>
      )}
    </Section>
  )
}

function Listing() {
  const prefix = useSignal('')
  const match = useSignal('')
  const asked = useSignal<string | undefined>(undefined)
  const answer = useApi<KeysReply>(asked.value, Infinity)
  return (
    <Section
      id="listing"
      title="All keys"
      note="a walk over the servers; no snapshot, keys may be missing"
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          const what = { prefix: prefix.value, match: match.value }
          const path = `keys?${new URLSearchParams(what)}`
          if (path === asked.value) answer.again()
          asked.value = path
        }}
      >
        <Field label="Starts with" value={prefix} />
        <Field label="Contains" value={match} hint="* and ? stand for any" />
        <button type="submit">List</button>
      </form>
      {asked.value !== undefined && (
        <Answered answer={answer}>{(reply) => <Listed reply={reply} />}</Answered>
      )}
    </Section>
  )
}

function Listed({ reply }: { reply: KeysReply }) {
  const { matched, scanned, bytes, neverFetched, reason, failed, tookMs } = reply
  const never = matched === 0 ? null : neverFetched / matched
  return (
    <>
      <p>
        {formatCount(matched)} of {formatCount(scanned)} keys match, {formatBytes(bytes)};{' '}
        {formatPercent(never)} of them were never read. It took {formatMs(tookMs)}.{' '}
        {reason !== null && <strong>{reason}</strong>}
      </p>
      {failed.map(({ server, error }) => (
        <p key={server} class="notice">
          {server}: {error}
        </p>
      ))}
      <div class="columns">
        <Bars title="Expires in" bars={reply.ttls} />
        <Bars title="Unused for" bars={reply.idles} />
        <Bars title="Size" bars={reply.sizes} />
      </div>
      <ul class="tree">
        {reply.tree.map((group) => (
          <Group key={group.name} group={group} />
        ))}
      </ul>
      <DataTable
        caption="Keys"
        columns={ROWS}
        rows={reply.keys}
        keyOf={({ server, key }) => `${server} ${key}`}
      />
    </>
  )
}

function Group({ group }: { group: KeyGroup }) {
  const { name, prefix, count, bytes, neverFetched, groups } = group
  const figures = (
    <>
      <code>{prefix ?? name}</code> {formatCount(count)} keys, {formatBytes(bytes)},{' '}
      {formatPercent(count === 0 ? null : neverFetched / count)} never read
    </>
  )
  if (groups.length === 0) return <li>{figures}</li>
  return (
    <li>
      <details>
        <summary>{figures}</summary>
        <ul>
          {groups.map((inner) => (
            <Group key={inner.name} group={inner} />
          ))}
        </ul>
      </details>
    </li>
  )
}
