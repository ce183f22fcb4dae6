import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Backend } from '../../src/cache/backend.ts'
import type { Clock } from '../../src/clock.ts'
import { backendContract, FakeClock } from '../../src/testing/index.ts'

type Documented = new (options: { readonly clock: Clock }) => Backend

describe('the backend of docs/writing-a-backend.md', () => {
  let folder: string
  let TableBackend: Documented
  beforeAll(async () => {
    const page = await readFile('docs/writing-a-backend.md', 'utf8')
    const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)
    const code = blocks.find((block) => block.includes('class TableBackend')) ?? ''
    await mkdir('tmp', { recursive: true })
    folder = await mkdtemp(join(process.cwd(), 'tmp/documented-'))
    const file = join(folder, 'table-backend.ts')
    // The source of this run, not the last build.
    await writeFile(file, code.replace("from 'reprise'", "from '../../src/index.ts'"))
    const module = (await import(file)) as { TableBackend: Documented }
    TableBackend = module.TableBackend
  })
  afterAll(() => rm(folder, { recursive: true }))

  backendContract(
    'TableBackend',
    async () => {
      const clock = new FakeClock()
      return {
        backend: new TableBackend({ clock }),
        clock,
        pass: async (seconds) => clock.advance(seconds),
      }
    },
    { it },
  )
})
