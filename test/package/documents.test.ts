import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
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

  it('explains every warning code, and no other', () => {
    const codes = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [...read(`src/${file}`).matchAll(/'(REPRISE_\w+)'/g)])
      .map(([, code = '']) => code)
    const headings = [...read('docs/advisor.md').matchAll(/^## `(REPRISE_\w+)`/gm)]
    expect(codes.length).toBeGreaterThan(10)
    expect(headings.map(([, code]) => code)).toEqual([...new Set(codes)].sort())
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
    const broken = documents().flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)[^)]*\)/g)]
        .map(([, target = '']) => join(dirname(file), target))
        .filter((target) => !existsSync(target))
        .map((target) => `${file} → ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('has every page of docs/ in its table of contents', () => {
    const contents = read('docs/README.md')
    const pages = documents().filter((file) => file.startsWith('docs/') && !/README/.test(file))
    expect(pages.length).toBeGreaterThan(10)
    expect(pages.filter((page) => !contents.includes(`(${page.slice('docs/'.length)})`))).toEqual(
      [],
    )
  })
})

/** The documents in the root, in `docs/` and beside the examples and benchmarks. */
function documents(): string[] {
  const below = ['docs', 'examples', 'bench'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  )
  return [...readdirSync('.'), ...below].filter((name) => name.endsWith('.md'))
}
