import type { Request } from './request-parser.ts'

/** What a reply says, when all of the stream is there to look at. */
export interface Said {
  readonly status: string
  readonly flags: ReadonlyMap<string, string>
  readonly value: Buffer | undefined
  /** Where in the stream its reply ends. */
  readonly end: number
}

const STATUSES: Readonly<Record<string, readonly string[]>> = {
  mg: ['VA', 'HD', 'EN'],
  ms: ['HD', 'NS', 'EX', 'NF'],
  md: ['HD', 'NF', 'EX'],
  ma: ['VA', 'HD', 'NF', 'NS', 'EX'],
}
const UNSAID: Readonly<Record<string, string>> = { mg: 'EN', ms: 'HD', md: 'HD', ma: 'HD' }
// After these, and no other error line, the server has read the whole request.
const IN_STEP =
  /^(SERVER_ERROR (object too large for cache|out of memory)|CLIENT_ERROR (cannot increment or decrement non-numeric value|invalid( or duplicate)? flag$))/i
const FLAG = /^([fcshl]\d{1,20}|t(-1|\d{1,20})|[OkbWXZ].*)$/s
const LF = 0x0a
const CR = 0x0d

/**
 * Which of `requests` the bytes of one connection answer rightly, up to the first flaw: a line that
 * is no reply, a reply with another opaque or key than the one that is due, a value that is shorter or
 * longer than announced. `undefined`: no right answer; its caller must get an error.
 */
export function rightAnswers(
  requests: readonly Request[],
  bytes: Buffer,
  maxValueBytes: number,
): readonly (Said | undefined)[] {
  const answers: (Said | undefined)[] = requests.map(() => undefined)
  let due = 0
  for (let at = 0; due < requests.length; ) {
    const reply = replyAt(bytes, at, maxValueBytes)
    if (reply === undefined) break
    const index = whose(requests, due, reply)
    if (index === undefined) break
    for (; due < index; due++) answers[due] = unsaid(requests[due], at)
    answers[due] = reply
    due++
    at = reply.end
  }
  return answers
}

/** The whole replies of a stream, up to the first that is flawed or not there to its end. */
export function wholeReplies(bytes: Buffer, maxValueBytes: number): readonly Said[] {
  const replies: Said[] = []
  for (let at = 0; at < bytes.length; ) {
    const reply = replyAt(bytes, at, maxValueBytes)
    if (reply === undefined) break
    replies.push(reply)
    at = reply.end
  }
  return replies
}

function replyAt(bytes: Buffer, at: number, maxValueBytes: number): Said | undefined {
  const lf = bytes.indexOf(LF, at)
  if (lf <= at || bytes[lf - 1] !== CR) return undefined
  const line = bytes.toString('latin1', at, lf - 1)
  const end = lf + 1
  // A blank behind a status without flags says nothing.
  const [status = '', ...words] = line.replace(/^(..) $/, '$1').split(' ')
  if (!/^(VA|HD|EN|NF|NS|EX)$/.test(status)) {
    return { status: line, flags: new Map(), value: undefined, end }
  }
  if (!words.slice(status === 'VA' ? 1 : 0).every((word) => FLAG.test(word))) return undefined
  const flags = new Map(
    words.slice(status === 'VA' ? 1 : 0).map((word) => [word.charAt(0), word.slice(1)]),
  )
  if (status !== 'VA') return { status, flags, value: undefined, end }
  const size = /^\d{1,20}$/.test(words[0] ?? '') ? Number(words[0]) : Infinity
  const after = end + size
  if (size > maxValueBytes || bytes[after] !== CR || bytes[after + 1] !== LF) return undefined
  return { status, flags, value: bytes.subarray(end, after), end: after + 2 }
}

/** The request that `reply` answers: the one that is due, or one behind others that are quiet. */
function whose(requests: readonly Request[], due: number, reply: Said): number | undefined {
  for (let i = due; i < requests.length; i++) {
    const request = requests[i]
    if (request === undefined) break
    if (answers(request, reply)) return i
    if (!request.flags.has('q')) break
  }
  return undefined
}

function answers(request: Request, reply: Said): boolean {
  if (request.verb === 'mn') return reply.status === 'MN'
  if (IN_STEP.test(reply.status)) return !request.flags.has('q')
  const token = reply.flags.get('k')
  // Where the key was not asked for, opaque and order tell.
  const isNamed =
    token === undefined ? !request.flags.has('k') : names(request, token, reply.flags.has('b'))
  return (
    isNamed &&
    (STATUSES[request.verb] ?? []).includes(reply.status) &&
    reply.flags.get('O') === request.flags.get('O')
  )
}

/** The server names the key in the form in which it was stored, perhaps by another client. */
function names(request: Request, token: string, isBase64: boolean): boolean {
  const raw = (text: string, encoded: boolean) => Buffer.from(text, encoded ? 'base64' : 'latin1')
  return raw(token, isBase64).equals(raw(request.key, request.flags.has('b')))
}

function unsaid(request: Request | undefined, end: number): Said {
  const status = UNSAID[request?.verb ?? ''] ?? ''
  return { status, flags: new Map(), value: undefined, end }
}
