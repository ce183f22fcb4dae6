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

interface Example extends AsyncDisposable {
  readonly address: string
}

/** Starts an example on a free port. Dispose it, and its process is gone before you go on. */
async function startExample(name: string): Promise<Example> {
  const { CACHE_URL: _, ...env } = process.env
  const child = spawn(process.execPath, [`examples/${name}/server.mjs`], {
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
