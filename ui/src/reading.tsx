import { formatDuration, NOTHING } from '../../src/admin/format.ts'
import type { Overview } from '../../src/admin/overview.ts'

/** What each figure is, next to the figures. */
export function Reading({ overview: { seconds, sampleMs, readOnly } }: { overview: Overview }) {
  return (
    <footer>
      <p>
        {seconds === null
          ? 'Rates and ratios appear with the next sample.'
          : `Rates and ratios cover the last ${formatDuration(seconds)}.`}{' '}
        Sampled every {formatDuration(sampleMs / 1000)} while somebody looks.
        {readOnly && ' Read only.'}
      </p>
      <details>
        <summary>How to read the figures</summary>
        <dl>
          <dt>{NOTHING}</dt>
          <dd>Nothing to say: no request in the interval, or no earlier sample to compare with.</dd>
          <dt>Hit ratio, this application</dt>
          <dd>
            Fresh hits of all reads through the aliases of this process. A stale answer, a miss and
            a failed read are not hits.
          </dd>
          <dt>Hit ratio, servers</dt>
          <dd>
            Hits of all gets that the servers answered, from every client. A miss that hands out a
            lease leaves an empty item behind, which the server counts as a hit: where the two
            differ, trust the application's.
          </dd>
          <dt>Memory</dt>
          <dd>
            Pages taken, of the limit. Full is normal for a cache; what matters then is how many
            evictions there are.
          </dd>
          <dt>Memory in this process</dt>
          <dd>
            Estimated bytes of what the aliases on <code>memory</code> hold, of their{' '}
            <code>maxBytes</code>. They drop entries beyond <code>maxEntries</code> as well, however
            few bytes those take. Aliases that share a store show the same figures, all of it.
          </dd>
          <dt>Connections</dt>
          <dd>
            Open ones and those that the server keeps for itself, of its limit: it refuses new ones
            at 100 %.
          </dd>
          <dt>Restarted</dt>
          <dd>
            Another process answered under the same name, so what it held is gone. A dashed line
            marks the moment in the curves.
          </dd>
          <dt>All servers</dt>
          <dd>Hits and gets of all are added before they are divided; ratios are not averaged.</dd>
        </dl>
      </details>
    </footer>
  )
}
