import type { Bytes, Seconds } from '../units.ts'

export type MetaStatus = 'HD' | 'VA' | 'EN' | 'NF' | 'NS' | 'EX'

/** A reply to `mg`, `ms`, `md` or `ma`. */
export interface MetaReply {
  readonly kind: 'meta'
  readonly status: MetaStatus
  /** With the `O`; empty where the reply has none. */
  readonly tag: string
  /** The key's token; `undefined` where the reply names none. */
  readonly key: string | undefined
  readonly base64: boolean
  /** 0 where it was not asked for. */
  readonly flags: number
  readonly cas: bigint | undefined
  /** Seconds left; -1: never expires. */
  readonly ttl: Seconds | undefined
  readonly size: Bytes | undefined
  /** Whether the item had been read before; `undefined` where it was not asked for. */
  readonly hitBefore: boolean | undefined
  /** Seconds since it was read or stored before. */
  readonly lastAccess: Seconds | undefined
  readonly won: boolean
  readonly stale: boolean
  readonly busy: boolean
  value: Buffer | undefined
}

/** A reply that is being read. */
export type MutableReply = { -readonly [Key in keyof MetaReply]: MetaReply[Key] }

// Constructed, since there is one for each reply: as a literal it might be allocated among the old
// objects, for the reason that `PlainItem` gives, and a copy of a constant is dear.
class Received implements MutableReply {
  declare readonly kind: 'meta'
  declare status: MetaStatus
  declare tag: string
  declare key: string | undefined
  declare base64: boolean
  declare flags: number
  declare cas: bigint | undefined
  declare ttl: Seconds | undefined
  declare size: Bytes | undefined
  declare hitBefore: boolean | undefined
  declare lastAccess: Seconds | undefined
  declare won: boolean
  declare stale: boolean
  declare busy: boolean
  declare value: Buffer | undefined

  constructor(status: MetaStatus) {
    this.kind = 'meta'
    this.status = status
    this.tag = ''
    this.key = undefined
    this.base64 = false
    this.flags = 0
    this.cas = undefined
    this.ttl = undefined
    this.size = undefined
    this.hitBefore = undefined
    this.lastAccess = undefined
    this.won = false
    this.stale = false
    this.busy = false
    this.value = undefined
  }
}

/** One that says nothing but its status yet. */
export function emptyReply(status: MetaStatus): MutableReply {
  return new Received(status)
}

const STATUS_ONLY: Readonly<Record<MetaStatus, MetaReply>> = Object.freeze({
  HD: Object.freeze(emptyReply('HD')),
  VA: Object.freeze(emptyReply('VA')),
  EN: Object.freeze(emptyReply('EN')),
  NF: Object.freeze(emptyReply('NF')),
  NS: Object.freeze(emptyReply('NS')),
  EX: Object.freeze(emptyReply('EX')),
})

/** A reply that says nothing but its status. Shared: it is not to be changed. */
export function statusReply(status: MetaStatus): MetaReply {
  return STATUS_ONLY[status]
}

/** A reply that is a value and its client flags. */
export function hitReply(value: Buffer, flags: number, cas: number): MetaReply {
  const reply = emptyReply('VA')
  reply.value = value
  reply.flags = flags
  if (cas >= 0) reply.cas = BigInt(cas)
  return reply
}

/**
 * The answer to a command whose CAS was read on another connection. Nothing is sent then: the
 * number may belong to another item by now.
 */
export const VOID_CAS: MetaReply = statusReply('EX')
