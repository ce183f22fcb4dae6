import { CacheError, optionError } from '../../errors.ts'
import { PatientTimer } from '../../net/patient-timer.ts'
import type { Milliseconds } from '../../units.ts'
import type { CallLimits, PendingCall } from './pending-call.ts'

/** How long one call may take. */
export interface Patience {
  /**
   * Rejects the call with its reason when it is aborted. A command that is not sent yet is taken
   * back, as if it had never been asked for. One that was sent is not: the server may run it, and its
   * reply is read and dropped.
   */
  readonly signal?: AbortSignal | undefined
  /**
   * For this call, instead of the client's `timeoutMs`. A shorter one gives up this call alone; the
   * connection and what else is in flight on it go on.
   */
  readonly timeoutMs?: Milliseconds | undefined
}

// Node's timers take a signed 32-bit number.
const MAX_TIMER: Milliseconds = 2 ** 31 - 1

/** Refuses what is no time limit or no signal, and a call that was aborted before it began. */
export function checkPatience({ signal, timeoutMs }: Patience): void {
  if (timeoutMs !== undefined && !(timeoutMs >= 1 && timeoutMs <= MAX_TIMER)) {
    throw optionError('timeoutMs', timeoutMs, `milliseconds from 1 to ${MAX_TIMER}`)
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw optionError('signal', signal, 'an AbortSignal')
  }
  signal?.throwIfAborted()
}

/** Holds `call` to what its caller has patience for. `usualMs` is the client's `timeoutMs`. */
export function limit<T>(
  call: PendingCall<T>,
  { signal, timeoutMs }: Patience,
  usualMs: Milliseconds,
): void {
  const limits: CallLimits = {}
  const stops: (() => void)[] = []
  if (timeoutMs !== undefined && timeoutMs > usualMs) limits.timeoutMs = timeoutMs
  if (timeoutMs !== undefined && timeoutMs < usualMs) {
    const timer = new PatientTimer(timeoutMs, () => {
      const server = call.way.name
      const message = `\`${call.command.verb}\` got no answer from ${server} within ${timeoutMs} ms.`
      const applied = call.isSent ? 'unknown' : 'no'
      call.expire(new CacheError('ERR_TIMEOUT', message, { applied, server }))
    })
    stops.push(() => timer.stop())
  }
  if (signal !== undefined) stops.push(cancelOnAbort(call, signal))
  limits.settled = () => {
    for (const stop of stops) stop()
  }
  call.limits = limits
}

interface Cancellable {
  cancel(reason: unknown): void
}

// One listener for all calls of a signal: a request that is given up takes all its calls along, and
// Node warns of a leak where a signal has more than ten listeners.
const WAITING = new WeakMap<AbortSignal, Set<Cancellable>>()

/** Returns what forgets the call again. */
function cancelOnAbort(call: Cancellable, signal: AbortSignal): () => void {
  const known = WAITING.get(signal)
  const calls = known ?? new Set()
  calls.add(call)
  if (known === undefined) {
    WAITING.set(signal, calls)
    signal.addEventListener('abort', cancelAll, { once: true })
  }
  return () => {
    calls.delete(call)
    if (calls.size > 0) return
    WAITING.delete(signal)
    signal.removeEventListener('abort', cancelAll)
  }
}

function cancelAll(this: AbortSignal): void {
  for (const call of WAITING.get(this) ?? []) call.cancel(this.reason)
}
