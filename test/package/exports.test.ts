import { existsSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string>
  bin: Record<string, string>
}

// A change here is a change of the public API: it needs a line in the changelog and in the docs.
describe('public exports', () => {
  const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')

  it.each(entries)('of %s', async (entry) => {
    const module = (await import(entry.replace('.', 'reprise'))) as object
    expect(Object.keys(module).sort()).toMatchSnapshot()
  })

  it('point to files that are built, with their types', () => {
    for (const target of [...Object.values(manifest.exports), ...Object.values(manifest.bin)]) {
      expect(existsSync(target), target).toBe(true)
      if (target.endsWith('.js'))
        expect(existsSync(target.replace(/js$/, 'd.ts')), target).toBe(true)
    }
  })

  it('ship a dashboard of at most 60 kB', () => {
    const page = readFileSync('dist/admin/ui/index.html', 'utf8')
    const assets = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path = '']) => path)
    const bytes = assets.reduce((sum, path) => sum + statSync(`dist/admin/ui/${path}`).size, 0)
    expect(assets.length).toBeGreaterThanOrEqual(2)
    expect(bytes).toBeLessThan(60_000)
  })
})
