import type { RequestCall, RequestsReply } from '../../../src/admin/api/requests.ts'
import { formatCount, NOTHING } from '../../../src/admin/format.ts'
import { type Column, DataTable } from '../data-table.tsx'
import { useApi } from '../use-api.ts'
import { formatMs } from './aliases.tsx'
import { Answered, Section } from './parts.tsx'

const CALLS: readonly Column<RequestCall>[] = [
  { label: 'Call', kind: 'words', cell: ({ kind, operation }) => `${kind} ${operation}` },
  { label: 'Alias', kind: 'words', cell: ({ alias }) => alias ?? NOTHING },
  { label: 'Result', kind: 'words', cell: ({ result }) => result },
  { label: 'After', cell: ({ startMs }) => formatMs(startMs) },
  { label: 'Took', cell: ({ tookMs }) => formatMs(tookMs) },
]

export function RequestsScreen() {
  const answer = useApi<RequestsReply>('requests')
  return (
    <Section id="requests" title="Requests" note="what each did with the caches">
      <Answered answer={answer}>
        {({ collecting, requests }) =>
          requests.length === 0 ? (
            <p class="nothing">
              {collecting
                ? 'No request yet.'
                : 'For development: app.use(admin.requestPanel()) first.'}
            </p>
          ) : (
            <ul class="tree">
              {requests.map(({ id, method, path, status, tookMs, hits, misses, calls, left }) => (
                <li key={id}>
                  <details>
                    <summary>
                      <code>
                        {method} {path}
                      </code>{' '}
                      {status} in {formatMs(tookMs)}: {formatCount(hits)} hits,{' '}
                      {formatCount(misses)} misses
                    </summary>
                    <DataTable
                      caption={`Calls of ${method} ${path}`}
                      columns={CALLS}
                      rows={calls}
                      keyOf={(call) => String(calls.indexOf(call))}
                    />
                    {left > 0 && <p class="quiet">And {formatCount(left)} more.</p>}
                  </details>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Section>
  )
}
