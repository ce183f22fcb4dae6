import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { MemcachedClient } from 'reprise/memcached'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMemcached } from '../support/memcached.ts'
import { serveDashboard, watchFor } from './admin-page.ts'
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
    ['dark', 400],
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

  it('show keys and values as text', async () => {
    await using server = await startMemcached()
    await using dashboard = await serveDashboard(memcached(server.port))
    await dashboard.caches.default.set(EVIL, { html: `</script>${EVIL}`, ansi: '\u001b[31m' })
    await page.goto(`${dashboard.url}/#keys`)
    await page.getByLabel('Key', { exact: true }).fill(EVIL)
    await page.getByRole('button', { name: 'Show the value' }).click()
    await page.getByText(`"html": "</script>${EVIL}"`).waitFor()
    await page.getByRole('button', { name: 'List' }).click()
    await page.getByRole('row', { name: EVIL }).waitFor()

    expect(await page.locator('main img').count()).toBe(0)
    expect(wrong).toEqual([])
  })

  it('delete a key, and tell who did', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    await dashboard.caches.default.set('k', 'v')
    await page.goto(`${dashboard.url}/#actions`)
    const form = page.getByRole('region', { name: 'Delete a key' })
    await form.getByLabel('Key').fill('k')
    await form.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('The key is deleted.').first().waitFor()

    expect(await dashboard.caches.default.get('k')).toBeUndefined()
    await page.getByRole('row', { name: /this machine delete-key default: a key done/ }).waitFor()
  })

  it('empty a server once its name is typed', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = await serveDashboard(memcached(server.port))
    await client.set('k', 'v')
    await page.goto(`${dashboard.url}/#actions`)
    const form = page.getByRole('region', { name: 'Empty a server' })
    const confirm = form.getByLabel('Again, to confirm')
    const empty = form.getByRole('button', { name: 'Empty' })
    await confirm.fill('yes')
    await empty.click()
    await form.getByText('`confirm` must be the name of the server.').waitFor()
    expect(await client.get('k')).toBeDefined()

    await confirm.fill(`127.0.0.1:${server.port}`)
    await empty.click()
    await form.getByText('is empty.').waitFor()

    expect(await client.get('k')).toBeUndefined()
  })

  it('offer nothing where nothing is allowed', async () => {
    await using dashboard = await serveDashboard(
      { default: 'memory://' },
      { authorize: () => ({ name: 'ada', permissions: ['view'] }), readOnly: true },
    )
    await page.goto(`${dashboard.url}/#actions`)
    await page.getByText('The dashboard is read-only').waitFor()
    expect(await page.getByRole('button').count()).toBe(0)

    await page.goto(`${dashboard.url}/#keys`)
    await page.getByText('Keys and values are not shown').waitFor()
  })
})

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly impact: string }[]
}

function memcached(port: number) {
  return { default: { backend: 'memcached', location: `127.0.0.1:${port}` } } as const
}
