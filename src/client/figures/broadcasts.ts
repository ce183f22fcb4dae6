import type { Clock } from '../../clock.ts'
import { checkOptions, optionError } from '../../errors.ts'
import { type TextCommand, VERSION } from '../../protocol/command.ts'
import { cacheMemlimit, flushAll, verbosity } from '../../protocol/server-command.ts'
import type { Seconds } from '../../units.ts'
import { refusalOf } from '../commands/answers.ts'
import { wireTtl } from '../commands/ttl.ts'
import { checkPatience, type Patience } from '../routing/patience.ts'
import type { Reader } from '../routing/reader.ts'
import type { Router, ServerAnswer } from '../routing/router.ts'
import { checkServers } from './own-options.ts'

/** When to empty the servers. */
export interface FlushOptions extends Patience {
  /**
   * From now; a fraction is rounded up.
   *
   * @default 0
   */
  readonly delay?: Seconds | undefined
  /** Only these, by their names in the client's `servers`. Default: all. */
  readonly servers?: readonly string[] | undefined
}

export const FLUSH_DEFAULTS: { readonly delay: Seconds } = Object.freeze({ delay: 0 })

// Commands that every server is asked. They are async so that a wrong option rejects.

/** Before any server is asked: what is wrong with a call is no server's error. */
export function checkAsking(
  operation: string,
  options: Patience,
  own: readonly string[] = [],
): void {
  checkOptions(`the options of \`${operation}\``, options, [...own, 'signal', 'timeoutMs'])
  checkPatience(options)
}

export async function askVersion(
  router: Router,
  patience: Patience,
): Promise<ServerAnswer<string>[]> {
  checkAsking('version', patience)
  const read: Reader<string> = (answer, origin) => {
    if (answer.kind !== 'version') throw refusalOf(answer, origin)
    return answer.version
  }
  return router.broadcast('version', VERSION, read, patience)
}

export async function flushServers(
  router: Router,
  options: FlushOptions,
  clock: Clock,
): Promise<ServerAnswer<true>[]> {
  // A misspelt `delay` would empty them now.
  checkAsking('flushAll', options, ['delay', 'servers'])
  const { delay = FLUSH_DEFAULTS.delay } = options
  // Never would be 0 on the wire, which is now.
  if (typeof delay !== 'number' || !(delay >= 0) || delay === Infinity) {
    throw optionError('delay', delay, 'seconds, 0 or more')
  }
  const command = flushAll(delay === 0 ? 0 : wireTtl(delay, clock))
  checkServers(router, options.servers)
  return confirm(router, 'flushAll', command, options, options.servers)
}

export async function setVerbosity(
  router: Router,
  level: number,
  patience: Patience,
): Promise<ServerAnswer<true>[]> {
  checkAsking('verbosity', patience)
  return confirm(router, 'verbosity', verbosity(level), patience)
}

export async function setMemoryLimit(
  router: Router,
  megabytes: number,
  patience: Patience,
): Promise<ServerAnswer<true>[]> {
  checkAsking('cacheMemlimit', patience)
  return confirm(router, 'cacheMemlimit', cacheMemlimit(megabytes), patience)
}

function confirm(
  router: Router,
  operation: string,
  command: TextCommand,
  patience: Patience,
  only?: readonly string[],
): Promise<ServerAnswer<true>[]> {
  const read: Reader<true> = (answer, origin) => {
    if (answer.kind !== 'ok') throw refusalOf(answer, origin)
    return true
  }
  return router.broadcast(operation, command, read, patience, only)
}
