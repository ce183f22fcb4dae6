import type { Browser, Page } from 'playwright-core'
import { cachePage } from 'reprise/express'
import { fragment } from 'reprise/fragments'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startMemcached } from '../support/memcached.ts'
import { memcached, serveDashboard, watchFor } from './admin-page.ts'
import { launchChromium } from './chromium.ts'

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '</script><script>alert(2)</script>',
  '\u001b[31mred\u001b[0m',
  '\u202etxt.exe',
]

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

describe('the dashboard shows as text', () => {
  it.each(HOSTILE)('a key and a value: %j', async (evil) => {
    await using server = await startMemcached()
    await using dashboard = await serveDashboard(memcached(server.port))
    await dashboard.caches.default.set(evil, { html: evil })
    await page.goto(`${dashboard.url}/#keys`)
    await page.getByLabel('Key', { exact: true }).fill(evil)
    await page.getByRole('button', { name: 'Show the value' }).click()
    await page.locator('pre').waitFor()
    expect(await page.locator('pre').textContent()).toContain('"html": ')

    await page.getByRole('button', { name: 'List' }).click()
    await page.getByText('1 of 1 keys match').waitFor()

    await nothingRan()
  })

  // An alias is made of letters, digits, `_` and `-`.
  it('names of servers, and prefixes', async () => {
    const location = ['unix:/tmp/<img/src=x/onerror=alert(3)>.sock', 'unix:/tmp/\u202eb.sock']
    await using dashboard = await serveDashboard({
      default: { backend: 'memcached', location, keyPrefix: '<img/src=x/onerror=alert(4)>' },
      other: { backend: 'memcached', location, keyPrefix: '</script><svg/onload=alert(5)>' },
    })
    for (const screen of ['overview', 'health', 'servers', 'memory', 'connections', 'actions']) {
      await page.goto(`${dashboard.url}/#${screen}`)
      await page
        .locator('main')
        .getByText('/tmp/<img/src=x/onerror=alert(3)>.sock')
        .first()
        .waitFor({
          state: 'attached',
        })
      await nothingRan()
    }
    await page.goto(dashboard.url)
    await page.getByText('</script><svg/onload=alert(5)>', { exact: true }).waitFor()
    await page.getByText('/tmp/\u202eb.sock').first().waitFor()
  })

  it('names of pages and fragments', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    const { caches } = dashboard
    for (const [i, name] of HOSTILE.entries()) {
      await fragment(caches.default, name, { ttl: 60 }, () => 'text')
      dashboard.app.get(
        `/page/${i}`,
        cachePage(caches, { name, ttl: 60 }),
        (_request, response) => {
          response.send('text')
        },
      )
      await fetch(new URL(`/page/${i}`, dashboard.url))
    }
    await page.goto(dashboard.url)
    await page.goto(`${dashboard.url}/#rendered`)
    await page.getByRole('table', { name: 'Fragments' }).waitFor()

    expect(await page.getByText(HOSTILE[0] ?? '', { exact: true }).count()).toBe(2)
    expect(await page.getByText(HOSTILE[1] ?? '', { exact: true }).count()).toBe(2)
    await nothingRan()
  })
})

async function nothingRan(): Promise<void> {
  expect(await page.locator('main img, main script').count()).toBe(0)
  expect(wrong).toEqual([])
}
