import { useEffect, useState } from 'preact/hooks'
import { formatDuration } from '../../src/admin/format.ts'
import type { Overview } from '../../src/admin/overview.ts'
import { Aliases } from './aliases.tsx'
import { Cards } from './cards.tsx'
import { type Feed, useFeed } from './feed.ts'
import { Header } from './header.tsx'
import { Navigation, usePage } from './pages.tsx'
import { Reading } from './reading.tsx'
import { Screen } from './screen.tsx'
import { Servers } from './servers.tsx'

/** What figures cover at first: short enough to see what one does, long enough not to flicker. */
const FIRST_WINDOW = 10

export function App() {
  const [windowSeconds, setWindowSeconds] = useState(FIRST_WINDOW)
  const feed = useFeed(windowSeconds)
  const page = usePage()
  const { overview } = feed
  const title = overview?.title
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · Reprise`
  }, [title])
  return (
    <>
      <Header feed={feed} windowSeconds={windowSeconds} onWindow={setWindowSeconds} />
      <Navigation page={page} />
      <Notice feed={feed} />
      {page !== 'overview' && (
        <main>
          <Screen key={page} page={page} />
        </main>
      )}
      {page === 'overview' && overview !== undefined && (
        <main class={feed.status === 'lost' || feed.status === 'refused' ? 'old' : undefined}>
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

function Notice({ feed: { status, overview, message } }: { feed: Feed }) {
  if (status !== 'lost' && status !== 'refused') return null
  const age = overview === undefined ? 0 : (Date.now() - overview.atMs) / 1000
  return (
    <p class="notice" role="alert">
      <strong>{status === 'refused' ? 'Not allowed any more.' : 'No news.'}</strong> {message}
      {overview !== undefined && ` The figures below are ${formatDuration(age)} old.`}
    </p>
  )
}
