import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/**
 * Who may import whom, types included. Files directly in `src/` are leaves that everyone may import,
 * but for the two named here.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  net: ['protocol'],
  client: ['net', 'protocol'],
  codec: [],
  cache: ['codec', 'protocol/key.ts'],
  backends: ['cache', 'client', 'codec'],
  'caches.ts': ['cache', 'backends', 'client'],
  http: ['cache', 'caches.ts'],
  fragments: ['cache', 'caches.ts', 'http'],
  frameworks: ['http', 'caches.ts'],
  telemetry: ['client', 'caches.ts'],
  admin: ['client', 'cache', 'caches.ts', 'http', 'frameworks', 'backends'],
  cli: [
    'client',
    'cache',
    'caches.ts',
    'codec',
    'http',
    'frameworks',
    'admin',
    'telemetry',
    'backends',
    'index.ts',
  ],
  testing: ['cache', 'client', 'http'],
  'index.ts': ['backends', 'cache', 'caches.ts', 'codec'],
}

const LEAVES = ['errors.ts', 'units.ts', 'clock.ts', 'channels.ts']
const IMPORT = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.tsx?$/.test(name),
)

describe('layers', () => {
  it('keeps every import inside its layer or going down', () => {
    const wrong: string[] = []
    for (const file of files) {
      const layer = file.includes('/') ? (file.split('/')[0] ?? '') : file
      if (LEAVES.includes(layer)) continue
      const allowed = MAY_IMPORT[layer]
      if (allowed === undefined) wrong.push(`${file}: the layer ${layer} is not in the table`)
      for (const target of imports(file)) {
        const inside = target.split('/')[0] === layer
        const down = allowed?.some((name) => target === name || target.startsWith(`${name}/`))
        if (!inside && !down && !LEAVES.includes(target)) wrong.push(`${file} imports ${target}`)
      }
    }
    expect(files.length).toBeGreaterThan(40)
    expect(wrong).toEqual([])
  })

  it('lets leaves import leaves only', () => {
    const wrong = LEAVES.flatMap((leaf) =>
      imports(leaf).filter((target) => !LEAVES.includes(target)),
    )
    expect(wrong).toEqual([])
  })

  it('reads the time in one file only', () => {
    const readers = files.filter((file) =>
      /Date\.now\(|performance\.now\(|process\.hrtime|new Date\(\)/.test(code(file)),
    )
    expect(readers).toEqual(['clock.ts'])
  })

  it('keeps files small', () => {
    const large = files.filter((file) => code(file).split('\n').length > 301)
    expect(large).toEqual([])
  })
})

function code(file: string): string {
  const source = readFileSync(`src/${file}`, 'utf8')
  // Comments may name what code may not call; line counts stay as they are.
  return source.replaceAll(/^\s*(?:\*|\/\/).*$/gm, '')
}

/** What a file imports, as paths from `src/`. */
function imports(file: string): string[] {
  const base = new URL(`file:///${file}`)
  return [...code(file).matchAll(IMPORT)].map(([, path = '']) =>
    new URL(path, base).pathname.slice(1),
  )
}
