import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { HOSTS } from './hosts/index.ts'
import { startHosted } from './hosts/site.ts'

const CHUNK_BYTES = 65_536
const CHUNKS = 80
/** So many chunks may be on their way. */
const AHEAD = 8

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes outside of the heap that somebody holds. */
function heldBytes(): number {
  // Freed on another thread: the second one waits for what the first one found.
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

for (const [name, host] of Object.entries(HOSTS)) {
  describe(`${name}: a page of 5 MB`, () => {
    it('streams through as it is made, holding little of it, and is not stored', async () => {
      let received = 0
      let wake = () => {}
      const held: number[] = []
      async function* chunks() {
        for (let i = 0; i < CHUNKS; i++) {
          // A cache that waited for the end would wait for ever.
          while (received < (i - AHEAD) * CHUNK_BYTES) {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
          if (i % 20 === 0) held.push(heldBytes())
          yield Buffer.alloc(CHUNK_BYTES, i)
        }
        held.push(heldBytes())
      }
      await using site = await startHosted(
        host,
        () => ({ headers: { 'Content-Type': 'text/plain' }, body: Readable.from(chunks()) }),
        { compress: true },
      )

      const response = await site.open('/')
      response.on('data', (chunk: Buffer) => {
        received += chunk.length
        wake()
      })
      await once(response, 'end')

      expect(received).toBe(CHUNKS * CHUNK_BYTES)
      // Half of the page, of which a copy is given up after 900 KB.
      expect(Math.max(...held) - (held[0] ?? 0)).toBeLessThan(2_600_000)
      expect(site.renders).toBe(1)
      await site.ask('/', { method: 'HEAD' })
      expect(site.renders).toBe(2)
    })
  })
}
