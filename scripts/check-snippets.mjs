// Compiles every ```ts block of the README, the docs and the JSDoc, as a user would: against the
// built package.
//
//   npm run build && node scripts/check-snippets.mjs
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const OUT = 'tmp/snippets'
rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT, { recursive: true })
writeFileSync(
  `${OUT}/tsconfig.json`,
  JSON.stringify({
    extends: '../../tsconfig.json',
    compilerOptions: { skipLibCheck: true },
    include: ['.'],
  }),
)

const files = ['README.md']
for (const dir of ['src', 'docs']) {
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (/\.(ts|md)$/.test(name)) files.push(`${dir}/${name}`)
  }
}

let count = 0
for (const file of files) {
  const source = readFileSync(file, 'utf8')
  const text = file.endsWith('.ts') ? source.replaceAll(/^\s*\* ?/gm, '') : source
  for (const [, code] of text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
    writeFileSync(`${OUT}/${count++}.ts`, `// From ${file}\n${code}`)
  }
}
if (count === 0) throw new Error('No snippet was found: the pattern no longer matches the docs.')
execFileSync('npx', ['--no-install', 'tsc', '-p', OUT], { stdio: 'inherit' })
console.log(`${count} snippets compile`)
