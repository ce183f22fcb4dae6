import { CacheError, shown } from '../errors.ts'
import type { Command, MetaCommand } from '../protocol/command.ts'
import { parseInspected } from '../protocol/inspected.ts'
import { namesKey, type WireKey } from '../protocol/key.ts'
import type { MetaReply, MetaStatus } from '../protocol/meta-reply.ts'
import { type ErrorReply, isHarmless, malformed, type Reply } from '../protocol/reply.ts'
import { type Answer, gatherStats, type Pending } from './pending.ts'

// What each command may be answered, besides errors. Source: memcached doc/protocol.txt.
const STATUSES: Record<MetaCommand['verb'], readonly MetaStatus[]> = {
  mg: ['VA', 'HD', 'EN'],
  ms: ['HD', 'NS', 'EX', 'NF'],
  md: ['HD', 'NF', 'EX'],
  ma: ['VA', 'HD', 'NF', 'NS', 'EX'],
}

/**
 * Holds `reply` against the oldest command in flight. Returns that command's whole answer, or
 * `undefined` while more lines belong to it.
 *
 * Replies come in order, so that order alone would do; opaque and key tell the one case in which
 * order lies: a connection that slipped. Throws `ERR_PROTOCOL` then.
 */
export function matchReply(pending: Pending, reply: Reply): Answer | undefined {
  const { command } = pending
  if (reply.kind === 'error') return matchError(pending, reply)
  switch (command.verb) {
    case 'mn':
      return reply.kind === 'noop' ? { kind: 'noop' } : mismatch()
    case 'version':
      return reply.kind === 'version' ? reply : mismatch()
    case 'flush_all':
    case 'verbosity':
    case 'cache_memlimit':
      return reply.kind === 'ok' ? { kind: 'ok' } : mismatch()
    case 'stats':
      return gatherStats(pending, reply)
    case 'me':
      return matchInspected(command.subject, reply)
    default:
      return matchMeta(command, pending.opaque, reply)
  }
}

function matchInspected(key: WireKey | undefined, reply: Reply): Answer {
  // A miss names no key: order alone tells whose it is.
  if (reply.kind === 'meta' && reply.status === 'EN' && reply.tag === '') return reply
  if (key === undefined || reply.kind !== 'inspected') return mismatch()
  return { kind: 'inspected', item: parseInspected(reply.text, key) ?? mismatch() }
}

/** As {@link matchReply}, of a command that is answered by one reply. */
export function matchMeta(command: MetaCommand, opaque: number, reply: Reply): MetaReply {
  if (reply.kind !== 'meta' || reply.tag !== `O${opaque}`) return mismatch()
  const { key } = command
  const isNamed = key.base64
    ? reply.key === undefined // It is not asked for: see `RequestWriter`.
    : reply.key !== undefined && namesKey(key, reply.key, reply.base64)
  if (!isNamed) return mismatch()
  return mayAnswer(command, reply.status) ? reply : mismatch()
}

/** Whether a reply of this status can be the command's. */
export function mayAnswer(command: Command, status: MetaStatus): boolean {
  if (!('key' in command)) return false
  // Nearly all are hits of a read.
  return (status === 'VA' && command.verb === 'mg') || STATUSES[command.verb].includes(status)
}

export function mayAnswerRead(status: MetaStatus): boolean {
  return STATUSES.mg.includes(status)
}

function matchError(pending: Pending, reply: ErrorReply): ErrorReply {
  // Nothing is wrong with `mn`: the line is another command's, and would pass for the end of a batch.
  if (pending.command.verb === 'mn') return mismatch()
  if (isHarmless(reply)) return reply
  // An administrator may have switched the command off, and it has no body that could be run.
  const refused = reply.word === 'ERROR' && !reply.text.startsWith('Too many')
  if (refused && !('key' in pending.command)) return reply
  // A login that was lost later, as a proxy may: the next connection logs in again.
  const code = reply.text === 'unauthenticated' ? 'ERR_AUTH' : 'ERR_SERVER'
  // Nobody knows whether server and client are in step after it.
  throw new CacheError(code, `The server answered ${shown(`${reply.word} ${reply.text}`)}.`, {
    applied: 'unknown',
  })
}

export function mismatch(): never {
  return malformed('the reply to another command')
}
