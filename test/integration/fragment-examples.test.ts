import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'

// They run as a user would run them: against the built package, in processes of their own.
it.each(['handlebars', 'pug', 'ejs', 'eta', 'mustache', 'liquid', 'edge'])(
  'examples/fragments/%s.mjs keeps a list, and not who visits it',
  async (engine) => {
    const { CACHE_URL: _, ...env } = process.env
    const child = spawn(process.execPath, [`examples/fragments/${engine}.mjs`], {
      env: { ...env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [address] = await once(createInterface(child.stdout), 'line')
      const pages: string[] = []
      for (const user of ['ann', 'bob']) {
        pages.push((await (await fetch(`${address}/${user}`)).text()).replace(/\s*\n\s*/g, ''))
      }

      expect(pages).toEqual([
        '<ul><li>Lima 1</li><li>Oslo 1</li></ul><p>ann</p>',
        '<ul><li>Lima 1</li><li>Oslo 1</li></ul><p>bob</p>',
      ])
    } finally {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
  },
)
