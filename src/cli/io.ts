import type { Clock } from '../clock.ts'

/** What a command sees of its process, so that a test can hand it another one. */
export interface Io {
  /** Data, and nothing else. */
  readonly stdout: Output
  /** What is said to a person. */
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Aborts when the user has had enough (SIGINT). */
  readonly signal: AbortSignal
}

export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** What the command ends with; `--help` lists them. */
export const EXIT: {
  readonly ok: 0
  readonly failed: 1
  readonly usage: 2
  readonly unreachable: 4
  readonly interrupted: 130
} = Object.freeze({ ok: 0, failed: 1, usage: 2, unreachable: 4, interrupted: 130 })
