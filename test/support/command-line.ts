import { PassThrough } from 'node:stream'
import { vi } from 'vitest'
import type { Io } from '../../src/cli/io.ts'
import { run } from '../../src/cli/run.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Whether a person sits there. */
  readonly isTTY?: boolean
  /** What is typed or piped in, to its end. Left out: nothing, and no end. */
  readonly input?: string
}

/** What a person sees of a run, and how it is ended: `reprise` in this process. */
export class CommandLine<Time extends Clock = Clock> {
  readonly clock: Time
  readonly #interrupted = new AbortController()
  readonly #io: Io
  out = ''
  err = ''

  constructor(clock: Time, { env = {}, cwd = '/', isTTY = false, input }: Surroundings = {}) {
    this.clock = clock
    const stdin = Object.assign(new PassThrough(), { isTTY })
    if (input !== undefined) stdin.end(input)
    this.#io = {
      stdin,
      stdout: {
        isTTY,
        write: (text) => {
          this.out += text
        },
      },
      stderr: {
        isTTY,
        write: (text) => {
          this.err += text
        },
      },
      env,
      cwd,
      clock,
      signal: this.#interrupted.signal,
    }
  }

  run(...args: string[]): Promise<number> {
    return run(args, this.#io)
  }

  interrupt(): void {
    this.#interrupted.abort()
  }
}

/** Runs one command to its end, in real time. */
export async function runCommand(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const line = new CommandLine(systemClock, surroundings)
  const code = await line.run(...args)
  return { code, out: line.out, err: line.err }
}

/** A run that looks at intervals, whose time the test moves. */
export class TimedCommandLine extends CommandLine<FakeClock> {
  constructor(env: Readonly<Record<string, string>> = {}) {
    super(new FakeClock(), { env })
  }

  /** Runs over one interval of a second. */
  async finish(...args: string[]): Promise<number> {
    const done = this.run(...args)
    await this.asleep()
    this.clock.advance(1)
    return done
  }

  /** Resolves once the first question has been answered. */
  async asleep(): Promise<void> {
    await vi.waitFor(() => {
      if (this.clock.sleepers !== 1) throw new Error('It does not wait yet.')
    }, 10_000)
  }
}
