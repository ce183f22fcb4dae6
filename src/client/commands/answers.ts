import { CacheError, shown } from '../../errors.ts'
import type { Answer } from '../../net/pending.ts'
import type { CasToken } from '../../protocol/command.ts'
import { type MetaReply, statusReply } from '../../protocol/meta-reply.ts'
import { isUnknownFlag } from '../../protocol/reply.ts'
import type { Seconds } from '../../units.ts'
import type { Origin, Reader } from '../routing/reader.ts'
import { type Item, type ItemWithCas, PlainItem } from './item.ts'
import type {
  MetaArithmeticReply,
  MetaDeleteReply,
  MetaGetReply,
  MetaHit,
  MetaSetReply,
  MetaUnchanged,
} from './meta-replies.ts'
import { plainObjects } from './plain-objects.ts'

const DELETE_KINDS = { HD: 'deleted', NF: 'missing', EX: 'exists' } as const
const MISS: MetaGetReply = Object.freeze({ kind: 'miss' })

/** What {@link readUnlessCas} reads where nothing was sent: the token's connection has ended. */
export const VOID: unique symbol = Symbol('void')

export function readGet(answer: Answer, origin: Origin): MetaGetReply {
  const reply = metaOf(answer, origin)
  if (reply.status === 'EN') return MISS
  return new PlainHit(reply.value, reply.flags, casOf(reply, origin), reply)
}

/** As `readGet` reads it, of a reply with no more than this. `cas` may be `NO_CAS`. */
export function plainHit(value: Buffer, flags: number, cas: number, origin: Origin): MetaHit {
  const token = cas < 0 ? undefined : new PlainToken(BigInt(cas), origin.connection)
  return new PlainHit(value, flags, token, NOTHING_MORE)
}

const NOTHING_MORE: MetaReply = statusReply('VA')

const PlainHit: new (
  value: Buffer | undefined,
  flags: number,
  cas: CasToken | undefined,
  reply: MetaReply,
) => MetaHit = plainObjects(function (
  value: Buffer | undefined,
  flags: number,
  cas: CasToken | undefined,
  reply: MetaReply,
) {
  this.kind = 'hit'
  this.value = value
  this.flags = flags
  this.cas = cas
  this.ttl = ttlOf(reply)
  this.size = reply.size
  this.hitBefore = reply.hitBefore
  this.lastAccess = reply.lastAccess
  this.won = reply.won
  this.stale = reply.stale
  this.busy = reply.busy
})

const PlainToken: new (value: bigint, connection: number) => CasToken = plainObjects(function (
  value: bigint,
  connection: number,
) {
  this.value = value
  this.connection = connection
})

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
  return value === undefined ? undefined : new PlainItem(value, flags)
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
  return reply.cas === undefined ? undefined : new PlainToken(reply.cas, origin.connection)
}

function ttlOf({ ttl }: MetaReply): Seconds | undefined {
  return ttl === -1 ? Infinity : ttl
}
