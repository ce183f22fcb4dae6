import type { SessionReply } from '../../src/admin/api/session.ts'
import type { PageName } from './pages.tsx'
import { ActionsScreen } from './screens/actions.tsx'
import { AliasesScreen } from './screens/aliases.tsx'
import { Health } from './screens/health.tsx'
import { HistoryScreen } from './screens/history.tsx'
import { KeysScreen } from './screens/keys.tsx'
import { LiveScreen } from './screens/live.tsx'
import { ConnectionsScreen, MemoryScreen } from './screens/memory.tsx'
import { Answered } from './screens/parts.tsx'
import { RenderedScreen } from './screens/rendered.tsx'
import { RequestsScreen } from './screens/requests.tsx'
import { ServersScreen } from './screens/servers.tsx'
import { useApi } from './use-api.ts'

/** Every screen but the overview, which has a feed of its own. */
export function Screen({ page }: { page: Exclude<PageName, 'overview'> }) {
  const session = useApi<SessionReply>('session', 30_000)
  return <Answered answer={session}>{(reply) => screenOf(page, reply)}</Answered>
}

function screenOf(page: Exclude<PageName, 'overview'>, session: SessionReply) {
  switch (page) {
    case 'health':
      return <Health />
    case 'history':
      return <HistoryScreen />
    case 'aliases':
      return <AliasesScreen />
    case 'rendered':
      return <RenderedScreen />
    case 'keys':
      return <KeysScreen session={session} />
    case 'servers':
      return <ServersScreen />
    case 'memory':
      return <MemoryScreen servers={session.servers} />
    case 'live':
      return <LiveScreen session={session} />
    case 'connections':
      return <ConnectionsScreen servers={session.servers} />
    case 'actions':
      return <ActionsScreen session={session} />
    case 'requests':
      return <RequestsScreen />
  }
}
