import { CacheError, shown } from '../errors.ts'
import type { Answer } from '../net/pending.ts'
import type { CasToken } from '../protocol/command.ts'
import type { MetaReply } from '../protocol/reply.ts'
import type { Bytes, Seconds } from '../units.ts'
import type { Item } from './item.ts'
import type { Origin } from './server.ts'

/** What a key holds. */
export interface MetaHit {
  readonly kind: 'hit'
  /** `undefined` where it was not asked for. The caller's own. */
  readonly value: Buffer | undefined
  /** The client flags it was stored with; 0 where they were not asked for. */
  readonly flags: number
  readonly cas: CasToken | undefined
  /** Left until it expires; `Infinity`: it does not. `undefined` where it was not asked for. */
  readonly ttl: Seconds | undefined
  readonly size: Bytes | undefined
  /** This caller was chosen to compute the value anew (the server's `W`). */
  readonly won: boolean
  /** Marked stale by an invalidating delete (`X`). */
  readonly stale: boolean
  /** Somebody else was chosen (`Z`). */
  readonly busy: boolean
}

export type MetaGetReply = MetaHit | { readonly kind: 'miss' }

export interface MetaSetReply {
  /**
   * `'not-stored'`: `add` found one, or `replace` none. `'exists'`: the CAS did not match.
   * `'missing'`: there was nothing to compare the CAS with.
   */
  readonly kind: 'stored' | 'not-stored' | 'exists' | 'missing'
  /** Of what was stored, where `returnCas` asked for it. */
  readonly cas: CasToken | undefined
}

export type MetaDeleteReply = 'deleted' | 'missing' | 'exists'

export type MetaArithmeticReply =
  | { readonly kind: 'value'; readonly value: bigint }
  | { readonly kind: 'missing' }
  | { readonly kind: 'not-a-number' }

const SET_KINDS = { HD: 'stored', NS: 'not-stored', EX: 'exists', NF: 'missing' } as const
const DELETE_KINDS = { HD: 'deleted', NF: 'missing', EX: 'exists' } as const
const MISS: MetaGetReply = Object.freeze({ kind: 'miss' })

export function readGet(answer: Answer, origin: Origin): MetaGetReply {
  const reply = metaOf(answer, origin)
  if (reply.status === 'EN') return MISS
  return {
    kind: 'hit',
    value: reply.value,
    flags: reply.flags,
    cas: casOf(reply, origin),
    ttl: reply.ttl === -1 ? Infinity : reply.ttl,
    size: reply.size,
    won: reply.won,
    stale: reply.stale,
    busy: reply.busy,
  }
}

export function readItem(answer: Answer, origin: Origin): Item | undefined {
  const { value, flags } = metaOf(answer, origin)
  return value === undefined ? undefined : { value, flags }
}

export function readSet(answer: Answer, origin: Origin): MetaSetReply {
  const reply = metaOf(answer, origin)
  const kind = SET_KINDS[reply.status as keyof typeof SET_KINDS]
  return { kind, cas: kind === 'stored' ? casOf(reply, origin) : undefined }
}

export function readDelete(answer: Answer, origin: Origin): MetaDeleteReply {
  return DELETE_KINDS[metaOf(answer, origin).status as keyof typeof DELETE_KINDS]
}

export function readArithmetic(answer: Answer, origin: Origin): MetaArithmeticReply {
  if (answer.kind === 'error' && answer.text.startsWith('cannot increment')) {
    return { kind: 'not-a-number' }
  }
  const reply = metaOf(answer, origin)
  if (reply.status === 'NF') return { kind: 'missing' }
  const digits = reply.value?.toString('latin1') ?? ''
  if (reply.status === 'VA' && /^\d{1,20}$/.test(digits)) {
    return { kind: 'value', value: BigInt(digits) }
  }
  // `NS`: the item for `initial` could not be made.
  throw new CacheError('ERR_SERVER', `The server ${origin.server} did not store a number.`, {
    server: origin.server,
  })
}

/** What an error line rejects with. The server did not do what it was asked. */
export function refusalOf(answer: Answer, origin: Origin): CacheError {
  const { server } = origin
  if (answer.kind !== 'error') {
    return new CacheError('ERR_PROTOCOL', `The server ${server} answered another command.`, {
      applied: 'unknown',
      server,
    })
  }
  const said = shown(answer.text === '' ? answer.word : `${answer.word} ${answer.text}`)
  const tooLarge = answer.text.startsWith('object too large')
  return new CacheError(
    tooLarge ? 'ERR_VALUE_TOO_LARGE' : 'ERR_SERVER',
    `The server ${server} answered ${said}.`,
    { server },
  )
}

function metaOf(answer: Answer, origin: Origin): MetaReply {
  if (answer.kind === 'meta') return answer
  throw refusalOf(answer, origin)
}

function casOf(reply: MetaReply, origin: Origin): CasToken | undefined {
  return reply.cas === undefined ? undefined : { value: reply.cas, connection: origin.connection }
}
