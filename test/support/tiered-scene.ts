import { MemoryBackend } from '../../src/backends/memory.ts'
import { TieredBackend, type TieredOptions } from '../../src/backends/tiered.ts'
import type { Backend, Entry, Storable } from '../../src/cache/backend.ts'
import { FakeClock } from '../../src/testing/index.ts'

const READS: readonly unknown[] = ['get', 'getMany', 'lease']

/** A tier over a memory that can be counted, held and broken. */
export function tieredScene(options: TieredOptions = {}, { isAskable = true } = {}) {
  const clock = new FakeClock()
  const far = new MemoryBackend({ clock })
  const calls: string[] = []
  let held: Promise<void> | undefined
  let isDown = false
  const watched = new Proxy<Backend>(far, {
    get(target, name) {
      if (name === 'isCurrent' && !isAskable) return undefined
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...parameters: unknown[]): Promise<unknown> => {
        calls.push(String(name))
        if (isDown) throw new Error('down')
        const result: unknown = await member.apply(target, parameters)
        if (READS.includes(name)) await held
        return result
      }
    },
  })
  return {
    clock,
    far,
    tiered: new TieredBackend(watched, { clock, ...options }),
    entry: (value: Storable, times: { ttl?: number; staleFor?: number } = {}): Entry => {
      return { value, createdAtMs: clock.now(), ttl: 60, staleFor: 0, ...times }
    },
    callsOf: async (run: () => Promise<unknown>): Promise<string[]> => {
      calls.length = 0
      await run()
      return [...calls]
    },
    breakDown: () => {
      isDown = true
    },
    /** Reads that end from now on end when released, with what they found before. */
    hold: (): (() => void) => {
      let release = (): void => {}
      held = new Promise((resolve) => {
        release = resolve
      })
      return release
    },
  }
}
