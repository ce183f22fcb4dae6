import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'

// They run as a user would run them: against the built package, in processes of their own.
it.each(['jsx', 'preact', 'react', 'vue'])(
  'examples/fragments/%s: keeps the slow part, and renders the uncached one for each user',
  async (name) => {
    const { CACHE_URL: _, ...env } = process.env
    const child = spawn(process.execPath, [`examples/fragments/${name}.mjs`], {
      env: { ...env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    try {
      const [address] = await Promise.race([
        once(createInterface(child.stdout), 'line'),
        exited.then(([code]) => {
          throw new Error(`it ended with code ${code} before it listened`)
        }),
      ])
      const pages: string[] = []
      for (const path of ['/100?user=ann', '/100?user=<bob', '/200?user=cid']) {
        pages.push(await (await fetch(`${address}${path}`)).text())
      }
      expect(pages[0]).toContain('97, rendered 1 times. Hello ')
      expect(pages[0]).toContain('ann')
      expect(pages[1]).toContain('97, rendered 1 times. Hello ')
      expect(pages[1]).toContain('&lt;bob')
      expect(pages[2]).toContain('199, rendered 2 times. Hello ')
    } finally {
      child.kill('SIGKILL')
      await exited
    }
  },
)
