import type { Clock } from '../clock.ts'

/** What a command sees of its process, so that a test can hand it another one. */
export interface Io {
  readonly stdin: Input
  /** Data, and nothing else. */
  readonly stdout: Output
  /** What is said to a person. */
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** From here upwards `reprise.config.*` is looked for. */
  readonly cwd: string
  readonly clock: Clock
  /** Aborts when the user has had enough (SIGINT). */
  readonly signal: AbortSignal
}

export interface Input extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean | undefined
  setRawMode?(raw: boolean): unknown
  on(event: 'data' | 'end', listener: (chunk: string | Uint8Array) => void): unknown
  off(event: 'data' | 'end', listener: (chunk: string | Uint8Array) => void): unknown
  resume(): unknown
  pause(): unknown
}

export interface Output {
  /** `false`: it holds more than it likes; wait for `drain`. */
  write(text: string | Uint8Array): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  once?(event: 'drain' | 'close', listener: () => void): unknown
  on?(event: 'resize', listener: () => void): unknown
  off?(event: 'resize' | 'drain' | 'close', listener: () => void): unknown
}

/** What a command ends with; `--help` lists them. */
export const EXIT: {
  readonly ok: 0
  readonly failed: 1
  readonly usage: 2
  readonly notFound: 3
  readonly unreachable: 4
  readonly unhealthy: 5
  readonly interrupted: 130
} = Object.freeze({
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  unhealthy: 5,
  interrupted: 130,
})

/** Writes to a stream that may be slower than what is written, as a pipe into a pager is. */
export async function writeAll(output: Output, text: string, signal: AbortSignal): Promise<void> {
  if (output.write(text) !== false || output.once === undefined || signal.aborted) return
  await new Promise<void>((resolve) => {
    const go = (): void => {
      output.off?.('drain', go)
      output.off?.('close', go)
      signal.removeEventListener('abort', go)
      resolve()
    }
    output.once?.('drain', go)
    output.once?.('close', go)
    signal.addEventListener('abort', go, { once: true })
  })
}

/** Resolves after `ms`, or as soon as the user has had enough. */
export async function pause(io: Pick<Io, 'clock' | 'signal'>, ms: number): Promise<void> {
  let stop = (): void => {}
  const aborted = new Promise<void>((resolve) => {
    stop = resolve
    if (io.signal.aborted) resolve()
    else io.signal.addEventListener('abort', stop, { once: true })
  })
  await Promise.race([io.clock.sleep(ms), aborted])
  io.signal.removeEventListener('abort', stop)
}
