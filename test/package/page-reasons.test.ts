import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** Said outright: what ends an event, a candidate or a question. */
const SAID =
  /(?:reason(?:: | = | \?\?= )|(?:refuse|settle|abandon)\([^'`\n]*?|endEvent\([^)]*?, )['`]([a-z][\w*=:-]*)/g
/** Functions that give a reason or nothing. */
const GIVES = /\): (?:Promise<)?(?:\w+ \| string|string \| undefined)>? \{\n/g
const GIVEN = /(?<!kind|mode)(?:return|\?|:|\?\?)\s+['`]([a-z][\w*=:-]*)/g

// Functions of the same type that give something else.
const OTHER_FILES = new Set([
  'message.ts',
  'announce.ts',
  'page-key.ts',
  'prewarm.ts',
  'key-options.ts',
])

describe('the reasons of the page cache', () => {
  it('are those that docs/pages.md explains, and no other', () => {
    const table = readFileSync('docs/pages.md', 'utf8')
      .split('## Why was this not cached')[1]
      ?.split('\n## ')[0]
    const explained = [...(table ?? '').matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, reason = '']) => reason),
    )

    expect(explained.length).toBeGreaterThan(30)
    expect([...explained].sort()).toEqual([...new Set(reasons())].sort())
  })
})

function reasons(): string[] {
  const files = ['src/http', 'src/frameworks'].flatMap((folder) =>
    readdirSync(folder, { encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  )
  return files.flatMap((file) => {
    const source = readFileSync(file, 'utf8').replaceAll(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '')
    const said = [...source.matchAll(SAID)].map(([, reason = '']) => reason)
    const given = OTHER_FILES.has(file.split('/').at(-1) ?? '')
      ? []
      : bodies(source).flatMap(inBody)
    return [...said, ...given].map(pattern)
  })
}

function inBody(body: string): string[] {
  return [...body.matchAll(GIVEN)].map(([, reason = '']) => reason)
}

/** Of what is put together, the part that stays, and `…`. */
function pattern(reason: string): string {
  return /[:-]$/.test(reason) ? `${reason}…` : reason
}

/** Up to the brace that closes the function, which stands under its first letter. */
function bodies(source: string): string[] {
  return [...source.matchAll(GIVES)].map(({ index }) => {
    const start = source.lastIndexOf('\n', index) + 1
    const indent = /^\s*/.exec(source.slice(start))?.[0] ?? ''
    return source.slice(index, source.indexOf(`\n${indent}}`, index))
  })
}
