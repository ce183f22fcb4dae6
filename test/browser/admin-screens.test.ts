import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMemcached } from '../support/memcached.ts'
import { memcached, serveDashboard, tabTo, watchFor } from './admin-page.ts'
import { launchChromium } from './chromium.ts'

const SCREENS = [
  'overview',
  'health',
  'history',
  'aliases',
  'rendered',
  'keys',
  'servers',
  'memory',
  'live',
  'connections',
  'actions',
  'requests',
]
const EVIL = '<img src=x onerror=alert(1)>'

let browser: Browser
let page: Page
let wrong: string[]

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  page = await browser.newPage()
  wrong = watchFor(page)
})
afterEach(() => page.close())

describe('the screens of the dashboard', () => {
  it.each([
    ['light', 1400],
    ['light', 768],
    ['dark', 1400],
    ['dark', 360],
  ] as const)(
    'have no serious fault of access, and fit: %s, %i wide',
    async (colorScheme, width) => {
      await using server = await startMemcached()
      await using dashboard = await serveDashboard(memcached(server.port))
      await dashboard.caches.default.set(EVIL, EVIL)
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      for (const screen of SCREENS) {
        await page.goto(`${dashboard.url}/#${screen}`)
        await page.getByRole('heading', { level: 2 }).first().waitFor()
        await page.evaluate(axe.source)
        const faults = await page.evaluate(async () => {
          const run = (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run()
          return (await run).violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id }) => id)
        })
        const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth')

        expect([screen, faults, over]).toEqual([screen, [], 0])
      }
      expect(wrong).toEqual([])
    },
  )

  it('are reached by keyboard', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    await page.goto(dashboard.url)
    await page.getByRole('link', { name: 'Health' }).focus()
    await page.keyboard.press('Enter')

    await page.getByRole('heading', { name: 'Health' }).waitFor()

    expect(await page.locator('[aria-current="page"]').textContent()).toBe('Health')
  })

  it('work with thirty servers, of which most are gone', async () => {
    await using first = await startMemcached()
    await using second = await startMemcached()
    // The discard service's port and its neighbours: nobody listens there.
    const gone = Array.from({ length: 28 }, (_, i) => `127.0.0.${i + 2}:9`)
    const location = [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`, ...gone]
    await using dashboard = await serveDashboard({ default: { backend: 'memcached', location } })
    for (const width of [360, 1400]) {
      await page.setViewportSize({ width, height: 900 })
      for (const screen of SCREENS) {
        await page.goto(`${dashboard.url}/#${screen}`)
        await page.getByRole('heading', { level: 2 }).first().waitFor()
        const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth')

        expect([screen, width, over]).toEqual([screen, width, 0])
      }
    }
    await page.goto(`${dashboard.url}/#servers`)
    const ring = page.getByRole('table', { name: 'Servers', exact: true })
    await ring.getByRole('row').nth(30).waitFor()

    expect(await ring.locator('.state.down').count()).toBe(28)
    expect(wrong).toEqual([])
  })

  it('say what there is to see, where there is no server', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    for (const screen of SCREENS) {
      await page.goto(`${dashboard.url}/#${screen}`)
      await page.locator('main').getByText(/\w/).first().waitFor()
      await expect.poll(() => page.getByText('Loading').count()).toBe(0)
    }
    await page.goto(`${dashboard.url}/#servers`)
    await page.getByText('No Memcached server is in use').waitFor()

    expect(wrong).toEqual([])
  })

  it('tell who gets the keys of a server that leaves', async () => {
    await using first = await startMemcached()
    await using second = await startMemcached()
    const location = [`127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`]
    await using dashboard = await serveDashboard({ default: { backend: 'memcached', location } })
    await page.goto(`${dashboard.url}/#servers`)
    await page.getByRole('combobox', { name: 'Leaves' }).selectOption(location[0] ?? '')
    const row = page
      .getByRole('table', { name: 'Who takes over' })
      .getByRole('row', { name: location[1] ?? '' })

    expect(await row.locator('[data-label="Keys then"]').textContent()).toBe('100.0 %')
  })

  it('draw the past, and say what was at the moment that the keyboard points at', async () => {
    await using server = await startMemcached()
    await using dashboard = await serveDashboard(memcached(server.port))
    await dashboard.caches.default.set('k', 'v')
    await page.goto(`${dashboard.url}/#history`)
    const plot = page.getByRole('img', { name: /^Memory in use\. memory: now \d/ })
    await plot.waitFor()
    await tabTo(page, plot)
    await page.keyboard.press('End')
    const tip = page.locator('.plot', { has: plot }).locator('.tip')
    await tip.getByText(/^\d\d:\d\d:\d\d$/).waitFor()

    expect(await tip.textContent()).toMatch(/memory \d+\.\d %/)
    await page.keyboard.press('Escape')
    await expect.poll(() => tip.textContent()).toBe('')
  })
})

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly impact: string }[]
}
