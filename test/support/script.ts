import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'

/**
 * Runs `code` in a process of its own, with everything that the entry `from` exports in scope as
 * `entry`. Gives what it printed; rejects unless it ends by itself, well, within 20 s. `flags` are
 * Node's.
 */
export async function runScript(
  from: string,
  code: string,
  flags: readonly string[] = [],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reprise-'))
  try {
    await build({
      configFile: false,
      logLevel: 'silent',
      // The folder has no `node_modules`.
      ssr: { noExternal: true },
      build: {
        ssr: from,
        outDir: folder,
        target: 'node20',
        rolldownOptions: { output: { entryFileNames: 'entry.mjs' } },
      },
    })
    const script = join(folder, 'script.mjs')
    await writeFile(script, `import * as entry from './entry.mjs'\n${code}`)
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, script], {
      timeout: 20_000,
    })
    return stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}
