import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'

// They run as a user would run them: against the built package, in processes of their own.
describe('examples/express-pages', () => {
  it('answers the second request for a page from the cache', async () => {
    await using example = await startExample('express-pages')

    const first = await fetch(`${example.address}/cities`)
    const second = await fetch(`${example.address}/cities`)

    expect(await first.text()).toBe('<h1>Cities</h1><p>Rendered for visit 1.</p>')
    expect(first.headers.get('cache-control')).toBe('max-age=900')
    expect(await second.text()).toBe('<h1>Cities</h1><p>Rendered for visit 1.</p>')
    expect(second.headers.get('cache-status')).toMatch(/^reprise; hit/)
  })

  it('renders a page anew around a piece that is kept', async () => {
    await using example = await startExample('express-pages')

    await fetch(`${example.address}/hello/ann`)
    const page = await (await fetch(`${example.address}/hello/bob`)).text()

    expect(page).toContain('<h1>Hello bob</h1>')
    expect(page).toContain('This page was rendered for visit 2.')
    expect(page).toContain('This piece was rendered for visit 1.')
  })

  it('has the dashboard', async () => {
    await using example = await startExample('express-pages')

    const page = await fetch(`${example.address}/admin/cache/`)

    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
  })
})

describe('examples/node-http', () => {
  it('answers the second request from the cache', async () => {
    await using example = await startExample('node-http')

    const first = await fetch(`${example.address}/`)
    const second = await fetch(`${example.address}/`)
    const other = await fetch(`${example.address}/other`)

    expect(await first.text()).toBe('<h1>GET number 1</h1>')
    expect(await second.text()).toBe('<h1>GET number 1</h1>')
    expect(second.headers.get('cache-status')).toMatch(/^reprise; hit/)
    expect(await other.text()).toBe('<h1>GET number 2</h1>')
  })
})

describe('examples/fastify', () => {
  it('caches the site, one page for longer, and another never', async () => {
    await using example = await startExample('fastify')

    const pages = await textsOf(example, ['/', '/', '/primes/100', '/primes/100', '/now'])
    const removed = await fetch(`${example.address}/`, { method: 'DELETE' })

    expect(pages).toEqual([
      'Prime number 1: 999999937',
      'Prime number 1: 999999937',
      '{"prime":97,"found":2}',
      '{"prime":97,"found":2}',
      'Found so far: 2',
    ])
    expect(await removed.json()).toEqual({ removed: true })
    expect(await textsOf(example, ['/'])).toEqual(['Prime number 3: 999999937'])
  })
})

describe('examples/koa', () => {
  it('has one copy of a page per language', async () => {
    await using example = await startExample('koa')
    const ask = async (language: string) => {
      const headers = { 'Accept-Language': language }
      return (await fetch(`${example.address}/`, { headers })).text()
    }

    const pages = [await ask('en'), await ask('de'), await ask('en')]

    expect(pages[0]).toContain('2,666,668,666,670,699,500')
    expect(pages[1]).toContain('2.666.668.666.670.699.500')
    expect(pages[2]).toBe(pages[0])
  })
})

describe('examples/hono', () => {
  it('keeps a page that browsers ask for each time', async () => {
    await using example = await startExample('hono')

    const first = await fetch(`${example.address}/words`)
    const second = await fetch(`${example.address}/words`)

    const answer = { words: ['passage', 'played', 'again'], count: 1 }
    expect([await first.json(), await second.json()]).toEqual([answer, answer])
    expect(second.headers.get('cache-control')).toBe('max-age=0')
    expect(second.headers.get('cache-status')).toMatch(/^reprise; hit/)
  })
})

describe('examples/nest', () => {
  it('keeps what a handler answers, until it is removed', async () => {
    await using example = await startExample('nest', 'dist/server.js')

    const reports = await textsOf(example, ['/reports/2020', '/reports/2020'])
    const before = await textsOf(example, ['/reports'])
    const removed = await fetch(`${example.address}/reports/2020`, { method: 'DELETE' })
    const after = await textsOf(example, ['/reports/2020', '/reports'])

    const report = '{"year":"2020","total":48000012,"made":1}'
    expect([reports, before]).toEqual([[report, report], ['{"made":1}']])
    expect(await removed.json()).toEqual({ removed: true })
    expect(after[1]).toBe('{"made":2}')
  })
})

async function textsOf(example: Example, paths: string[]): Promise<string[]> {
  const texts: string[] = []
  for (const path of paths) texts.push(await (await fetch(example.address + path)).text())
  return texts
}

interface Example extends AsyncDisposable {
  readonly address: string
}

/** Starts an example on a free port. Dispose it, and its process is gone before you go on. */
async function startExample(name: string, main: string = 'server.mjs'): Promise<Example> {
  const { CACHE_URL: _, ...env } = process.env
  const child = spawn(process.execPath, [`examples/${name}/${main}`], {
    env: { ...env, PORT: '0', NODE_ENV: 'development' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const firstLine = once(createInterface(child.stdout), 'line')
  const failed = exited.then(([code]) => {
    throw new Error(`examples/${name} ended with code ${code} before it listened`)
  })
  const [address] = await Promise.race([firstLine, failed])
  failed.catch(() => {})
  return {
    address: String(address),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
