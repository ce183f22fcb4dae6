import {
  STATS_READERS,
  type StatsByKind,
  type StatsKind,
  stats,
} from '../../protocol/server-command.ts'
import { refusalOf } from '../commands/answers.ts'
import type { Patience } from '../routing/patience.ts'
import type { Router, ServerAnswer } from '../routing/router.ts'
import { checkAsking } from './broadcasts.ts'

/** Asks every server. Async, so that a wrong kind rejects. */
export async function askStats<Kind extends StatsKind>(
  router: Router,
  kind: Kind,
  patience: Patience,
): Promise<ServerAnswer<StatsByKind[Kind]>[]> {
  checkAsking('stats', patience)
  const command = stats(kind)
  const read = STATS_READERS[kind]
  return router.broadcast(
    'stats',
    command,
    (answer, origin) => {
      if (answer.kind !== 'stats') throw refusalOf(answer, origin)
      return read(answer.stats)
    },
    patience,
  )
}
