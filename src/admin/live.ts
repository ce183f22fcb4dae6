import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'

/** Where a quiet connection is cut by a proxy after a minute or half, this is well before. */
const HEARTBEAT_MS: Milliseconds = 15_000

/** A stream ends after so many heartbeats, ten minutes: the browser asks anew, and so is `authorize`. */
const HEARTBEATS = 40

export interface LiveSource {
  readonly clock: Clock
  /** Calls `listener` after each sample, until the returned function is called. */
  subscribe(listener: () => void): () => void
  /** The next event's data, one line of JSON. */
  data(): string | undefined
}

/**
 * The body of an event stream: one event now and one per sample.
 *
 * A client that reads more slowly than events come misses some; nothing is queued for it. It ends
 * when the reader cancels, when `signal` aborts, or with {@link HEARTBEATS}.
 *
 * Source: HTML Standard, section 9.2, "Server-sent events".
 */
export function liveStream(source: LiveSource, signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let stop: () => void = () => {}
  return new ReadableStream({
    start(controller) {
      let open = true
      const write = (text: string) => {
        if (open && (controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text))
      }
      const writeSample = () => {
        const data = source.data()
        if (data !== undefined) write(`event: sample\ndata: ${data}\n\n`)
      }
      const end = () => {
        if (!open) return
        stop()
        controller.close()
      }
      const unsubscribe = source.subscribe(writeSample)
      stop = () => {
        open = false
        unsubscribe()
        signal.removeEventListener('abort', end)
      }
      signal.addEventListener('abort', end, { once: true })
      if (signal.aborted) end()
      else writeSample()
      void beat(
        source.clock,
        () => open,
        () => write(': still here\n\n'),
        end,
      )
    },
    cancel() {
      stop()
    },
  })
}

async function beat(clock: Clock, isOpen: () => boolean, write: () => void, end: () => void) {
  for (let beats = 0; beats < HEARTBEATS; beats++) {
    await clock.sleep(HEARTBEAT_MS)
    if (!isOpen()) return
    write()
  }
  end()
}
