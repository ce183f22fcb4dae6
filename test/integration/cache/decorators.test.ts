import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'

// Node has no decorators yet and the runner of these tests does not compile them, so that real ones
// go the way of a user's: through tsc, against the built package, in a process of their own.
mkdirSync('tmp', { recursive: true })
const folder = mkdtempSync('tmp/decorators-')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a class that is decorated with `memoized`', () => {
  it('runs as tsc compiles it for ES2022', () => {
    expect(compileAndRun('standard', {}, `${PUBLIC}${PRIVATE}${END}`)).toEqual({
      ...OF_PUBLIC,
      hidden: [3, 3],
      computed: 5,
    })
  })

  it('runs as tsc compiles it with experimentalDecorators', () => {
    const options = { experimentalDecorators: true }

    expect(compileAndRun('experimental', options, `${PUBLIC}${END}`)).toEqual({
      ...OF_PUBLIC,
      computed: 4,
    })
  })
})

const PUBLIC = `import { createCaches, memoized } from 'reprise'
const caches = createCaches({ default: 'memory://' })
let computed = 0

class Orders {
  readonly shop: string
  constructor(shop: string) { this.shop = shop }

  @memoized(() => caches.default, {
    key: (orders: Orders, user: number) => \`\${orders.shop}:\${user}\`,
    tags: (orders, user) => [orders.shop.toUpperCase(), user.toFixed()],
  })
  async of(user: number): Promise<string> {
    computed++
    return \`\${this.shop} \${user}\`
  }

  @memoized(caches.default, { key: 'Orders.states', ttl: '1h' })
  static async states(of: string): Promise<string[]> {
    computed++
    return [of, this.name]
  }
`
const PRIVATE = `
  @memoized(caches.default, { key: 'Orders.hidden' })
  async #hidden(text: string): Promise<number> {
    computed++
    return text.length
  }

  async hidden(): Promise<number[]> {
    return [await this.#hidden('abc'), await this.#hidden('abc')]
  }
`
const END = `}
const [north, south] = [new Orders('north'), new Orders('south')]
const of = [await north.of(1), await north.of(1), await south.of(1)]
await caches.default.invalidateTags(['NORTH'])
await Promise.all([north.of(1), south.of(1)])
const states = [await Orders.states('open'), await Orders.states('open')]
const hidden = 'hidden' in north ? await (north.hidden as () => Promise<number[]>)() : undefined
const key = await caches.default.get('Orders.states("open")')
console.log(JSON.stringify({ of, states, hidden, key, computed }))
`
const OF_PUBLIC = {
  of: ['north 1', 'north 1', 'south 1'],
  states: [
    ['open', 'Orders'],
    ['open', 'Orders'],
  ],
  key: ['open', 'Orders'],
}

function compileAndRun(name: string, options: object, source: string): unknown {
  const compilerOptions = { target: 'ES2022', noEmit: false, declaration: false, outDir: 'out' }
  const project = {
    extends: '../../tsconfig.json',
    compilerOptions: { ...compilerOptions, ...options, rootDir: '.', skipLibCheck: true },
    include: [],
    files: [`${name}.ts`],
  }
  writeFileSync(`${folder}/${name}.ts`, source)
  writeFileSync(`${folder}/${name}.json`, JSON.stringify(project))

  const compiler = spawnSync('npx', ['--no-install', 'tsc', '-p', `${folder}/${name}.json`], {
    encoding: 'utf8',
  })
  expect(compiler.stdout).toBe('')
  return JSON.parse(execFileSync('node', [`${folder}/out/${name}.js`], { encoding: 'utf8' }))
}
