import type { Clock } from '../clock.ts'
import { optionError } from '../errors.ts'
import { flushAll, type StatsKind, stats, VERSION } from '../protocol/command.ts'
import type { Seconds } from '../units.ts'
import { refusalOf } from './answers.ts'
import type { Router, ServerAnswer } from './router.ts'
import { wireTtl } from './ttl.ts'

// Commands that every server is asked. They are async so that a wrong option rejects.

export async function askStats(
  router: Router,
  kind: StatsKind | undefined,
): Promise<ServerAnswer<Record<string, string>>[]> {
  return router.broadcast('stats', stats(kind), (answer, origin) => {
    if (answer.kind !== 'stats') throw refusalOf(answer, origin)
    return answer.stats
  })
}

export async function askVersion(router: Router): Promise<ServerAnswer<string>[]> {
  return router.broadcast('version', VERSION, (answer, origin) => {
    if (answer.kind !== 'version') throw refusalOf(answer, origin)
    return answer.version
  })
}

export async function flushServers(
  router: Router,
  delay: Seconds | undefined,
  clock: Clock,
): Promise<ServerAnswer<true>[]> {
  // On the wire it would be 0, which empties them at once.
  if (delay === Infinity) throw optionError('delay', delay, 'seconds')
  const command = flushAll(delay === undefined ? undefined : wireTtl(delay, clock))
  return router.broadcast('flush', command, (answer, origin) => {
    if (answer.kind !== 'ok') throw refusalOf(answer, origin)
    return true
  })
}
