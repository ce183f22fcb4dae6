import { describe, expect, it } from 'vitest'
import { MemoryBackend } from '../../../src/backends/memory.ts'
import { seal } from '../../../src/cache/sealed.ts'

const entry = (value: Uint8Array) => ({
  value,
  createdAtMs: Date.UTC(2026, 0),
  ttl: 60,
  staleFor: 0,
})
const clock = { now: () => Date.UTC(2026, 0), monotonic: () => 1000, sleep: async () => {} }

describe('sealed bytes in memory', () => {
  it('are kept and given to who reads by a lease without a copy', async () => {
    const backend = new MemoryBackend({ clock })
    const bytes = seal(Buffer.from('page'))
    await backend.set('k', entry(bytes))

    expect((await backend.lease('k', 10)).found?.value).toBe(bytes)
    expect(backend.usage().bytes).toBeGreaterThan(bytes.length)
  })

  it('are copied for everybody else, who knows of no seal', async () => {
    const backend = new MemoryBackend({ clock })
    const bytes = seal(Buffer.from('page'))
    await backend.set('k', entry(bytes))

    const read = (await backend.get('k'))?.value as Buffer
    read.write('PAGE')

    expect(read).not.toBe(bytes)
    expect(String((await backend.get('k'))?.value)).toBe('page')
    expect(String((await backend.lease('k', 10)).found?.value)).toBe('page')
  })

  it('are the only ones: others are copied both ways', async () => {
    const backend = new MemoryBackend({ clock })
    const bytes = Buffer.from('page')
    await backend.set('k', entry(bytes))
    bytes.write('PAGE')

    const read = (await backend.lease('k', 10)).found?.value as Buffer
    read.write('XXXX')

    expect(String((await backend.lease('k', 10)).found?.value)).toBe('page')
  })
})
