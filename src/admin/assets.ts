import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname } from 'node:path'

export interface Asset {
  readonly type: string
  readonly body: Uint8Array<ArrayBuffer>
  readonly etag: string
}

const TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
})

/**
 * Reads the built pages under `folder` once, by path from it. `undefined`: there are none, as when
 * the package runs from its sources.
 *
 * A request chooses among these names; none ever becomes a path of the file system.
 */
export function readAssets(folder: URL): ReadonlyMap<string, Asset> | undefined {
  const assets = new Map<string, Asset>()
  try {
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = new URL(path.replaceAll('\\', '/'), folder)
      const type = TYPES[extname(path)]
      if (type === undefined || !statSync(file).isFile()) continue
      const body = Uint8Array.from(readFileSync(file))
      const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22)
      assets.set(path.replaceAll('\\', '/'), { type, body, etag: `"${digest}"` })
    }
  } catch {
    return undefined
  }
  return assets.has('index.html') ? assets : undefined
}
