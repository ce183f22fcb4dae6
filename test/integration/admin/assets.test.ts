import { readdirSync } from 'node:fs'
// The built package: its pages exist only there.
import { createCaches } from 'reprise'
import { type AdminOptions, createAdmin } from 'reprise/admin'
import { describe, expect, it } from 'vitest'

const FILES = readdirSync(new URL('../../../dist/admin/ui/', import.meta.url), {
  recursive: true,
  withFileTypes: true,
})
  .filter((file) => file.isFile())
  .map(({ parentPath, name }) => `${parentPath}/${name}`.replace(/^.*\/dist\/admin\/ui\/+/, ''))

describe('the built pages', () => {
  it('are a page, a script, a style and an icon', () => {
    expect(FILES.map((file) => file.replace(/-[\w-]{8}\./, '.')).sort()).toEqual([
      'assets/index.css',
      'assets/index.js',
      'icon.svg',
      'index.html',
    ])
  })

  it('come with their type, and again only when they changed', async () => {
    for (const file of FILES) {
      const response = await ask(`/${file}`)
      const etag = response.headers.get('etag') ?? ''
      const again = await ask(`/${file}`, { 'if-none-match': etag })

      expect(response.headers.get('content-type')).toMatch(
        /^(text|image)\/(html|javascript|css|svg)/,
      )
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100)
      expect([response.status, again.status, again.body]).toEqual([200, 304, null])
    }
  })

  it('are closed like everything else', async () => {
    for (const file of ['', ...FILES]) {
      const response = await ask(`/${file}`, {}, { env: { NODE_ENV: 'production' } })

      expect([file, response.status]).toEqual([file, 403])
    }
  })

  it('name each other by relative addresses only', async () => {
    const html = await (await ask('/')).text()

    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address)
    expect(addresses.length).toBeGreaterThanOrEqual(3)
    expect(addresses.filter((address) => !/^(\.\/|api\/)/.test(address ?? ''))).toEqual([])
  })
})

async function ask(
  path: string,
  headers: Record<string, string> = {},
  options: AdminOptions = { env: {} },
): Promise<Response> {
  await using caches = createCaches({ default: 'memory://' })
  await using admin = createAdmin(caches, options)
  const request = new Request(`http://localhost${path}`, { headers })
  return await admin.fetch(request, { remoteAddress: '127.0.0.1' })
}
