import { AsyncLocalStorage } from 'node:async_hooks'
import type { HoleValues } from './content.ts'
import type { Frame } from './frame.ts'
import type { Placeholders } from './placeholders.ts'

/** The body of an asynchronous fragment that is being rendered. */
export class Scope {
  readonly frame: Frame
  readonly #placeholders: Placeholders

  constructor(frame: Frame, placeholders: Placeholders) {
    this.frame = frame
    this.#placeholders = placeholders
  }

  /** What to put in the place of an uncached part. */
  hole(name: string, values: HoleValues): string {
    return this.#placeholders.mark({ hole: name, values })
  }
}

// Told by the runtime, not by the caller: an engine that awaits between an outer body and an inner
// one has no place of its own to carry it in. Entered on a miss only.
const scopes = new AsyncLocalStorage<Scope>()

/** The innermost asynchronous fragment around the caller. */
export function currentScope(): Scope | undefined {
  return scopes.getStore()
}

export function runInScope<T>(scope: Scope, run: () => T): T {
  return scopes.run(scope, run)
}
