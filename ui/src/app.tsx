import { useEffect } from 'preact/hooks'
import { formatDuration } from '../../src/admin/format.ts'
import type { Overview } from '../../src/admin/overview.ts'
import { Aliases } from './aliases.tsx'
import { Cards } from './cards.tsx'
import { feed, followOverview } from './feed.ts'
import { Header } from './header.tsx'
import { HealthNote } from './health-note.tsx'
import { Navigation, page } from './pages.tsx'
import { Reading } from './reading.tsx'
import { Screen } from './screen.tsx'
import { Servers } from './servers.tsx'

export function App() {
  useEffect(followOverview, [])
  const shown = page.value
  const { overview, status } = feed.value
  const title = overview?.title
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · Reprise`
  }, [title])
  return (
    <>
      <Header />
      <Navigation />
      <Notice />
      {shown !== 'overview' && (
        <main>
          <Screen key={shown} page={shown} />
        </main>
      )}
      {shown === 'overview' && overview !== undefined && (
        <main class={status === 'lost' || status === 'refused' ? 'old' : undefined}>
          <HealthNote />
          <Cards overview={overview} />
          <section aria-labelledby="servers">
            <h2 id="servers">
              Servers <small>{serversNote(overview)}</small>
            </h2>
            <Servers overview={overview} />
          </section>
          <section aria-labelledby="aliases">
            <h2 id="aliases">
              Aliases <small>as this process uses them</small>
            </h2>
            <Aliases overview={overview} />
          </section>
          <Reading overview={overview} />
        </main>
      )}
    </>
  )
}

function serversNote({ total }: Overview): string {
  if (total.servers === 0) return 'none'
  return total.serversUp === total.servers
    ? `${total.servers} up`
    : `${total.serversUp} of ${total.servers} up`
}

function Notice() {
  const { status, overview, message } = feed.value
  if (status !== 'lost' && status !== 'refused') return null
  const age = overview === undefined ? 0 : (Date.now() - overview.atMs) / 1000
  return (
    <p class="notice" role="alert">
      <strong>{status === 'refused' ? 'Not allowed any more.' : 'No news.'}</strong> {message}
      {overview !== undefined && ` The figures below are ${formatDuration(age)} old.`}
    </p>
  )
}
