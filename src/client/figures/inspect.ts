import type { CasToken } from '../../protocol/command.ts'
import { inspect } from '../../protocol/server-command.ts'
import type { Bytes, Seconds } from '../../units.ts'
import { refusalOf } from '../commands/answers.ts'
import { optionNames, refusalOfOptions } from '../commands/option-names.ts'
import type { CallOptions, Router } from '../routing/router.ts'

/** What a server knows of an item, besides its value. */
export interface InspectedItem {
  /**
   * Left until it expires; `Infinity`: it does not. Before memcached 1.6.24 the last second looks
   * like `Infinity` too.
   */
  readonly ttl: Seconds
  /** Since somebody read it or stored it, in whole seconds. */
  readonly idle: Seconds
  readonly cas: CasToken
  /** Whether anybody has read it. */
  readonly fetched: boolean
  readonly slabClass: number
  /** With the server's header and the key. */
  readonly sizeBytes: Bytes
}

const NAMES = optionNames()

export function inspectItem(
  router: Router,
  key: string,
  options: CallOptions,
): Promise<InspectedItem | undefined> {
  const refusal = refusalOfOptions('inspect', options, NAMES)
  if (refusal !== undefined) return refusal
  return router.send({
    ...options,
    operation: 'inspect',
    key,
    command: inspect,
    read: (answer, origin) => {
      if (answer.kind === 'meta') return undefined
      if (answer.kind !== 'inspected') throw refusalOf(answer, origin)
      const { ttl, idle, cas, fetched, slabClass, size } = answer.item
      return {
        ttl: ttl === -1 ? Infinity : ttl,
        idle,
        cas: { value: cas, connection: origin.connection },
        fetched,
        slabClass,
        sizeBytes: size,
      }
    },
    replayed: false,
  })
}
