import { anewContract } from './contract-anew.ts'
import { backOffContract } from './contract-back-off.ts'
import { entryContract } from './contract-entries.ts'
import { keptContract } from './contract-kept.ts'
import { leaseContract } from './contract-leases.ts'
import type { Run, UnderTest } from './contract-setup.ts'

export type { UnderTest } from './contract-setup.ts'

/**
 * Declares the tests that every {@link Backend} must pass: one call per backend.
 *
 * It needs nothing of a test runner but `it(title, run)`, so it works with `node:test`, vitest, jest
 * and mocha. `open` is called for each test. The keys of each run are new, so all of them may share
 * one server, and may run at the same time.
 *
 * @example
 * ```ts
 * import { it } from 'node:test'
 * import { MemoryBackend } from 'reprise'
 * import { backendContract, FakeClock } from 'reprise/testing'
 *
 * backendContract(
 *   'MemoryBackend',
 *   async () => {
 *     const clock = new FakeClock()
 *     const backend = new MemoryBackend({ clock })
 *     return { backend, clock, pass: async (seconds) => clock.advance(seconds) }
 *   },
 *   { it },
 * )
 * ```
 */
export function backendContract(
  name: string,
  open: () => Promise<UnderTest>,
  runner: { readonly it: (title: string, run: () => Promise<void>) => unknown },
): void {
  const run: Run = (title, test) => {
    runner.it(`${name} ${title}`, async () => {
      const { backend, clock, pass } = await open()
      const space = `contract-${crypto.randomUUID()}:`
      try {
        await test({ backend, clock, pass, space, key: (key = 'k') => `${space}1:${key}` })
      } finally {
        await backend[Symbol.asyncDispose]()
      }
    })
  }
  entryContract(run)
  keptContract(run)
  leaseContract(run)
  anewContract(run)
  backOffContract(run)
}
