import { useSignal } from '@preact/signals'
import type { HotKey, HotKeysReply } from '../../../src/admin/api/hot-keys.ts'
import type { SessionReply } from '../../../src/admin/api/session.ts'
import type { WatchedRow, WatchReply } from '../../../src/admin/api/watch.ts'
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  NOTHING,
} from '../../../src/admin/format.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { post, useApi } from '../use-api.ts'
import { Answered, Choice, Section, serverChosen } from './parts.tsx'

const HOT: readonly Column<HotKey>[] = [
  {
    label: 'Key',
    kind: 'words',
    cell: ({ key }) => (key === null ? 'not shown' : <code>{key}</code>),
  },
  { label: 'Alias', kind: 'words', cell: ({ alias }) => alias },
  {
    label: 'Per second',
    hint: 'Calls of this process for the key, extrapolated from the sample.',
    cell: ({ perSecond }) => formatRate(perSecond),
  },
  {
    label: 'Share',
    hint: 'Of all calls of the sample.',
    cell: ({ share }) => formatPercent(share),
  },
  {
    label: 'Too high by at most',
    hint: 'The list is kept short, and a key that enters it late may be counted too often.',
    cell: ({ errorPerSecond }) => formatRate(errorPerSecond),
  },
]

const EVENTS: readonly Column<WatchedRow>[] = [
  { label: 'Event', kind: 'words', cell: ({ type }) => type },
  { label: 'Key', kind: 'words', cell: ({ key }) => (key === null ? NOTHING : <code>{key}</code>) },
  { label: 'What', kind: 'words', cell: ({ text }) => text },
]

const KINDS = ['fetchers', 'mutations', 'evictions', 'connevents'] as const

export function LiveScreen({ session }: { session: SessionReply }) {
  const answer = useApi<HotKeysReply>('hot-keys')
  return (
    <>
      <Section id="hot" title="Hot keys" note="that this process asks for, by a sample">
        <Answered answer={answer}>
          {({ keys, sampled, sampleRate, seconds }) => (
            <>
              <p class="quiet">
                {formatCount(sampled)} calls in {formatDuration(seconds)}, one in{' '}
                {Math.round(1 / sampleRate)}.{' '}
                {keys.length === 0 && 'They are counted while this is open: wait a few seconds.'}
              </p>
              {keys.length > 0 && (
                <DataTable
                  caption="Hot keys"
                  columns={HOT}
                  rows={keys}
                  keyOf={({ alias, key }) => `${alias} ${key}`}
                />
              )}
            </>
          )}
        </Answered>
      </Section>
      {session.servers.length > 0 && session.permissions.includes('watch') && (
        <Capture servers={session.servers} />
      )}
    </>
  )
}

function Capture({ servers }: { servers: readonly string[] }) {
  const server = serverChosen(servers)
  const kind = useSignal<string>('evictions')
  const state = useSignal<'idle' | 'running' | WatchReply | { error: string }>('idle')
  const start = async (): Promise<void> => {
    state.value = 'running'
    const what = { server: server.value, kinds: [kind.value], seconds: 5 }
    const answer = await post<WatchReply>('watch', what)
    state.value = 'reply' in answer ? answer.reply : answer
  }
  return (
    <Section
      id="capture"
      title="Capture"
      note="five seconds of one server; fetchers and mutations may halve what a busy one does"
    >
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault()
          void start()
        }}
      >
        <Choice label="Server" options={servers} value={server} />
        <Choice label="Events" options={KINDS} value={kind} />
        <button type="submit" disabled={state.value === 'running'}>
          {state.value === 'running' ? 'Watching …' : 'Watch'}
        </button>
      </form>
      <div role="status">{typeof state.value === 'object' && <Captured state={state.value} />}</div>
    </Section>
  )
}

function Captured({ state }: { state: WatchReply | { error: string } }) {
  if ('error' in state) return <p class="notice">{state.error}</p>
  return (
    <>
      <p>
        {formatCount(state.seen)} events in {state.seconds.toFixed(1)} s, which is{' '}
        {formatPercent(state.sampleRate)} of what there was.{' '}
        {state.keys
          .slice(0, 5)
          .map(({ key, count }) => `${key} ${count}`)
          .join(', ')}
      </p>
      {state.events.length > 0 && (
        <DataTable
          caption="Events"
          columns={EVENTS}
          rows={state.events.slice(0, 200)}
          keyOf={({ atMs, key, text }) => `${atMs} ${key} ${text}`}
        />
      )}
    </>
  )
}
