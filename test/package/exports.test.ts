import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
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

  it('ship a dashboard of at most 60 kB, compressed', () => {
    const page = readFileSync('dist/admin/ui/index.html', 'utf8')
    const assets = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path = '']) => path)
    const bytes = ['index.html', ...assets].reduce((sum, path) => {
      return sum + gzipSync(readFileSync(`dist/admin/ui/${path}`)).length
    }, 0)
    expect(assets.length).toBeGreaterThanOrEqual(2)
    expect(bytes).toBeLessThan(60_000)
  })
})
