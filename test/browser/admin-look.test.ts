import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMemcached } from '../support/memcached.ts'
import { memcached, serveDashboard } from './admin-page.ts'
import { launchChromium } from './chromium.ts'

const LEAST_CONTRAST = readFileSync(new URL('./least-contrast.js', import.meta.url), 'utf8')

let browser: Browser
let page: Page

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  page = await browser.newPage()
})
afterEach(() => page.close())

describe('the look of the dashboard', () => {
  it.each([
    ['phone', 360, 740],
    ['tablet', 820, 1100],
    ['narrow window', 1201, 800],
    ['laptop', 1366, 768],
    ['wide screen', 2560, 1440],
  ])('fits a %s', async (_, width, height) => {
    await using server = await startMemcached()
    await using dashboard = await serveDashboard({
      ...memcached(server.port),
      [`a${'b'.repeat(60)}`]: 'memory://',
    })
    await page.setViewportSize({ width, height })
    await page.goto(dashboard.url)
    await status('Live')

    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    // Within the page's own margins as well.
    const [servers, aliases] = await page.evaluate<number[]>(
      "[...document.querySelectorAll('table')].map((table) => table.offsetWidth)",
    )
    expect(servers).toBe(aliases)
    expect(await page.getByRole('table').count()).toBe(2)
    expect(await page.getByRole('row').count()).toBeGreaterThan(4)
  })

  it.each(['light', 'dark'] as const)('can be read in %s', async (colorScheme) => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    await page.emulateMedia({ colorScheme })
    await page.goto(dashboard.url)
    await status('Live')

    expect(await page.evaluate(LEAST_CONTRAST)).toBeGreaterThanOrEqual(4.5)
  })

  it('comes in at most 60 kB', () => {
    const folder = new URL('../../dist/admin/ui/', import.meta.url)
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    const sizes = files
      .filter((file) => file.isFile())
      .map((file) => gzipSync(readFileSync(`${file.parentPath}/${file.name}`)).length)

    expect(sizes.length).toBeGreaterThanOrEqual(4)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000)
  })
})

function status(name: string): Promise<void> {
  return page.getByRole('status').getByText(name, { exact: true }).waitFor()
}
