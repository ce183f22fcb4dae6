import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(path, 'utf8')
const manifest = JSON.parse(read('package.json'))

describe('documents', () => {
  it('explains every error code, and no other', () => {
    const union =
      read('src/errors.ts').match(/export type CacheErrorCode =([\s\S]*?)\n\n/)?.[1] ?? ''
    const codes = [...union.matchAll(/'(ERR_\w+)'/g)].map(([, code]) => code)
    const headings = [...read('docs/reference/errors.md').matchAll(/^## `(ERR_\w+)`/gm)]
    expect(codes.length).toBeGreaterThan(10)
    expect(headings.map(([, code]) => code)).toEqual(codes)
  })

  it('gives one line to every dependency', () => {
    const page = read('docs/dependencies.md')
    const atlas = JSON.parse(read('examples/atlas/package.json'))
    const all = {
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.devDependencies,
      ...atlas.dependencies,
    }
    const names = Object.keys(all).filter((name) => name !== 'reprise')
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  it('names only scripts that exist', () => {
    const used = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md'].flatMap((file) =>
      [...read(file).matchAll(/npm run ([a-z:-]+)/g)].map(([, script = '']) => script),
    )
    expect(used.length).toBeGreaterThan(0)
    expect(used.filter((script) => !(script in manifest.scripts))).toEqual([])
  })

  it('links only to files that exist', () => {
    const broken = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', 'docs/README.md'].flatMap(
      (file) => {
        const folder = file.includes('/') ? `${file.split('/')[0]}/` : ''
        return [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)[^)]*\)/g)]
          .map(([, target = '']) => `${folder}${target}`)
          .filter((target) => !existsSync(target))
      },
    )
    expect(broken).toEqual([])
  })
})
