import { CacheError, shown } from '../../errors.ts'
import type { Answer } from '../../net/pending.ts'
import type { CasToken } from '../../protocol/command.ts'
import { isUnknownFlag, type MetaReply } from '../../protocol/reply.ts'
import type { Seconds } from '../../units.ts'
import type { Origin, Reader } from '../routing/reader.ts'
import type { Item, ItemWithCas } from './item.ts'
import type {
  MetaArithmeticReply,
  MetaDeleteReply,
  MetaGetReply,
  MetaSetReply,
  MetaUnchanged,
} from './meta-replies.ts'

const DELETE_KINDS = { HD: 'deleted', NF: 'missing', EX: 'exists' } as const
const MISS: MetaGetReply = Object.freeze({ kind: 'miss' })

/** What {@link readUnlessCas} reads where nothing was sent: the token's connection has ended. */
export const VOID: unique symbol = Symbol('void')

export function readGet(answer: Answer, origin: Origin): MetaGetReply {
  const reply = metaOf(answer, origin)
  if (reply.status === 'EN') return MISS
  return {
    kind: 'hit',
    value: reply.value,
    flags: reply.flags,
    cas: casOf(reply, origin),
    ttl: ttlOf(reply),
    size: reply.size,
    hitBefore: reply.hitBefore,
    lastAccess: reply.lastAccess,
    won: reply.won,
    stale: reply.stale,
    busy: reply.busy,
  }
}

/** Reads the answer to a get for a value of any version but that of `token`. */
export function readUnlessCas(
  token: CasToken,
  read: Reader<MetaGetReply>,
): Reader<MetaGetReply | MetaUnchanged | typeof VOID> {
  return (answer, origin) => {
    if (answer.kind === 'meta' && answer.status === 'EX') return VOID
    const hit = read(answer, origin)
    if (hit.kind === 'miss' || (hit.value !== undefined && hit.cas?.value !== token.value)) {
      return hit
    }
    const { value: _, ...facts } = hit
    // The server that left the value out may leave the version out too: it is the one we named.
    return { ...facts, kind: 'unchanged', cas: hit.cas ?? token }
  }
}

export function readHit(answer: Answer, origin: Origin): boolean {
  return metaOf(answer, origin).status !== 'EN'
}

export function readItem(answer: Answer, origin: Origin): Item | undefined {
  const { value, flags } = metaOf(answer, origin)
  return value === undefined ? undefined : { value, flags }
}

export function readItemWithCas(answer: Answer, origin: Origin): ItemWithCas | undefined {
  const reply = metaOf(answer, origin)
  const cas = casOf(reply, origin)
  const { value, flags } = reply
  return value === undefined || cas === undefined ? undefined : { value, flags, cas }
}

export function readSet(answer: Answer, origin: Origin): MetaSetReply {
  const reply = metaOf(answer, origin)
  switch (reply.status) {
    case 'NS':
      return { kind: 'not-stored' }
    case 'EX':
      return { kind: 'exists' }
    case 'NF':
      return { kind: 'missing' }
    default:
      return { kind: 'stored', cas: casOf(reply, origin), size: reply.size }
  }
}

export function readStored(answer: Answer, origin: Origin): boolean {
  return metaOf(answer, origin).status === 'HD'
}

export function readDelete(answer: Answer, origin: Origin): MetaDeleteReply {
  return DELETE_KINDS[metaOf(answer, origin).status as keyof typeof DELETE_KINDS]
}

export function readDeleted(answer: Answer, origin: Origin): boolean {
  return metaOf(answer, origin).status === 'HD'
}

export function readArithmetic(answer: Answer, origin: Origin): MetaArithmeticReply {
  if (answer.kind === 'error' && answer.text.startsWith('cannot increment')) {
    return { kind: 'not-a-number' }
  }
  const reply = metaOf(answer, origin)
  if (reply.status === 'NF') return { kind: 'missing' }
  if (reply.status === 'EX') return { kind: 'exists' }
  const digits = reply.value?.toString('latin1') ?? ''
  if (reply.status === 'VA' && /^\d{1,20}$/.test(digits)) {
    return {
      kind: 'value',
      value: BigInt(digits),
      cas: casOf(reply, origin),
      ttl: ttlOf(reply),
    }
  }
  // `NS`: the item for `initial` could not be made.
  throw new CacheError('ERR_SERVER', `The server ${origin.server} did not store a number.`, {
    server: origin.server,
  })
}

/**
 * `read`, for a command with an option that servers before 1.6.27 refuse without saying which it
 * was. `undefined`: it has none.
 */
export function gated<T>(read: Reader<T>, option: 'newCas' | 'dropValue' | undefined): Reader<T> {
  if (option === undefined) return read
  return (answer, origin) => {
    if (answer.kind !== 'error' || !isUnknownFlag(answer)) return read(answer, origin)
    const { server } = origin
    const said = shown(`${answer.word} ${answer.text}`)
    const message = `The server ${server} answered ${said}: \`${option}\` takes memcached 1.6.27 or later.`
    throw new CacheError('ERR_SERVER', message, { server })
  }
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

function ttlOf({ ttl }: MetaReply): Seconds | undefined {
  return ttl === -1 ? Infinity : ttl
}
