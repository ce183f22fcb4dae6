import { CacheError, shown } from '../errors.ts'
import type { MetaCommand } from '../protocol/command.ts'
import { namesKey } from '../protocol/key.ts'
import {
  type ErrorReply,
  isHarmless,
  type MetaReply,
  type MetaStatus,
  malformed,
  type Reply,
} from '../protocol/reply.ts'
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
      return reply.kind === 'ok' ? { kind: 'ok' } : mismatch()
    case 'stats':
      return gatherStats(pending, reply)
    default:
      return matchMeta(command, pending.tag, reply)
  }
}

function matchMeta(command: MetaCommand, tag: string, reply: Reply): MetaReply {
  if (reply.kind !== 'meta' || reply.tag !== tag || reply.key === undefined) return mismatch()
  if (!namesKey(command.key, reply.key, reply.base64)) return mismatch()
  if (!STATUSES[command.verb].includes(reply.status)) return mismatch()
  return reply
}

function matchError(pending: Pending, reply: ErrorReply): ErrorReply {
  if (isHarmless(reply)) return reply
  // An administrator may have switched the command off, and it has no body that could be run.
  const refused = reply.word === 'ERROR' && !reply.text.startsWith('Too many')
  if (refused && !('key' in pending.command)) return reply
  // Nobody knows whether server and client are in step after it.
  throw new CacheError(
    'ERR_SERVER',
    `The server answered ${shown(`${reply.word} ${reply.text}`)}.`,
    { applied: 'unknown' },
  )
}

function mismatch(): never {
  return malformed('the reply to another command')
}
