import type { Browser, Page } from 'playwright-core'
import { MemcachedClient } from 'reprise/memcached'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startImpostor } from '../support/impostor.ts'
import { startMemcached } from '../support/memcached.ts'
import { memcached, serveDashboard, tabTo, watchFor } from './admin-page.ts'
import { launchChromium } from './chromium.ts'

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

describe('the dashboard', () => {
  it('shows known traffic while it happens, wherever it is mounted', async () => {
    await using server = await startMemcached()
    await using dashboard = await serveDashboard(memcached(server.port), { title: 'Shop' })
    await page.goto(dashboard.url)
    await status('Live')
    await traffic(server.port, { hits: 30, misses: 10 })

    const row = page.getByRole('row', { name: `127.0.0.1:${server.port}` })
    await row.getByRole('cell', { name: '75.0 %' }).first().waitFor()

    expect(page.url()).toBe(`${dashboard.url}/`)
    expect(await page.title()).toBe('Shop · Reprise')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Shop development')
    expect(await row.getByRole('rowheader').textContent()).toBe(`Up 127.0.0.1:${server.port} `)
    expect(wrong).toEqual([])
  })

  it('keeps to its policy: nothing inline, nothing from elsewhere', async () => {
    await using server = await startMemcached()
    await using dashboard = await serveDashboard(memcached(server.port))
    await page.goto(dashboard.url)
    await status('Live')

    // What a script sets on an element's `style` is no inline style to the policy; markup is.
    const markup = await (await page.request.get(dashboard.url)).text()
    expect(markup).not.toMatch(/\sstyle=|<style|<script(?![^>]*\ssrc=)/)
    expect(await page.locator('style, script:not([src])').count()).toBe(0)
    expect(wrong).toEqual([])
  })

  it('shows what comes from elsewhere as text', async () => {
    const evil = '<img/src=x/onerror=alert(1)>'
    await using server = await startImpostor({
      version: '</td><img src=x onerror=alert(2)>',
      pid: '1',
      uptime: '9',
    })
    await using dashboard = await serveDashboard(
      {
        default: {
          backend: 'memcached',
          location: [`127.0.0.1:${server.port}`, 'unix:/tmp/<img/src=x/onerror=alert(3)>.sock'],
          keyPrefix: evil,
        },
      },
      { title: '<script>alert(4)</script>', env: { NODE_ENV: '"><svg onload=alert(5)>' } },
    )
    await page.goto(dashboard.url)
    await status('Live')
    await page.getByText('/tmp/<img/src=x/onerror=alert(3)>.sock').first().waitFor()

    for (const text of [
      evil,
      '</td><img src=x onerror=alert(2)>',
      '<script>alert(4)</script>',
      '"><svg onload=alert(5)>',
    ]) {
      expect(await page.getByText(text, { exact: true }).count()).toBe(1)
    }
    expect(await page.locator('img').count()).toBe(0)
    expect(wrong).toEqual([])
  })

  it('says that no server is in use, where none is', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    await page.goto(dashboard.url)

    await page.getByText('No Memcached server is in use').waitFor()

    expect(await page.getByRole('table').count()).toBe(1)
  })

  it('shows what is kept in this process, and no figures of servers, where there are none', async () => {
    await using dashboard = await serveDashboard({
      default: { backend: 'memory', options: { maxEntries: 3, maxBytes: '10kb' } },
      same: {
        backend: 'memory',
        options: { maxEntries: 3, maxBytes: '10kb' },
        keyPrefix: 'b',
      },
      other: { backend: 'memory', location: 'other', options: { maxBytes: '30kb' } },
    })
    await page.goto(dashboard.url)
    await status('Live')
    for (let i = 0; i < 8; i++) await dashboard.caches.get('default').set(`k${i}`, 'v')

    const memory = page.getByRole('article').filter({ hasText: 'Memory in this process' })
    await memory.getByText(/ of 40 KiB, 3 items$/).waitFor()
    const evictions = page.getByRole('article').filter({ hasText: 'Evictions/s in this process' })
    await evictions.getByText(/^at most [1-9]/).waitFor()

    const cards = await page.locator('.cards').innerText()
    expect(cards).toContain('Operations/s in this process')
    expect(cards).not.toContain('servers')
    for (const [alias, items] of [
      ['default', '3'],
      ['same', '3'],
      ['other', '0'],
    ]) {
      const row = page.getByRole('row', { name: `${alias} memory` })
      expect(await row.locator('[data-label="Items"]').textContent()).toBe(items)
    }
    const all = page.getByRole('row', { name: 'All aliases' })
    expect(await all.locator('[data-label="Items"]').textContent()).toBe('')
    expect(wrong).toEqual([])
  })

  it('keeps the servers in the cards, and the memory of this process in the aliases', async () => {
    await using server = await startMemcached()
    await using dashboard = await serveDashboard({
      ...memcached(server.port),
      fragments: 'memory://?maxBytes=2mb',
    })
    await dashboard.caches.get('fragments').set('k', 'v')
    await page.goto(dashboard.url)
    await status('Live')

    const memory = page.getByRole('article').filter({ hasText: 'Memory' })
    await memory.getByText(' of 64 MiB, 0 items').waitFor()

    const figures = page.locator('[data-label="Limit"], [data-label="Items"]')
    const aliases = page.getByRole('table', { name: 'Aliases' }).getByRole('row')
    const inMemory = aliases.filter({ hasText: 'fragments' }).locator(figures)
    const elsewhere = aliases.filter({ hasText: 'default' }).locator(figures)
    expect(await inMemory.allTextContents()).toEqual(['2 MiB', '1'])
    expect(await elsewhere.allTextContents()).toEqual(['–', '–'])
    expect(await page.getByText('in this process', { exact: true }).count()).toBe(0)
  })

  it('is changed by the keyboard alone', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    await page.goto(dashboard.url)
    await status('Live')
    await page.keyboard.press('Tab')
    const asked = page.waitForRequest(/api\/live\?window=60$/)

    await page.keyboard.press('ArrowRight')

    await asked
    expect(await page.getByRole('radio', { name: '1 min', exact: true }).isChecked()).toBe(true)
    const reading = page.getByText('How to read the figures')
    await tabTo(page, reading)
    await page.keyboard.press('Enter')
    await page.getByText('ratios are not averaged').waitFor()
  })

  it('marks a server that was restarted, and one that is gone', async () => {
    const first = await startMemcached()
    await using dashboard = await serveDashboard(memcached(first.port))
    await page.goto(dashboard.url)
    await status('Live')
    await first.kill()
    await page.getByText('Down', { exact: true }).waitFor()
    expect(await page.locator('.reason').textContent()).toContain(`127.0.0.1:${first.port}`)

    await using second = await startMemcached([], { port: first.port })
    await page.getByText('restarted', { exact: true }).waitFor()

    expect(second.port).toBe(first.port)
    const curves = page
      .locator('.card')
      .getByRole('img', { name: `127.0.0.1:${first.port} was restarted` })
    expect(await curves.count()).toBe(4)
    expect(await page.locator('td line.marker').count()).toBe(1)
  })
})

describe('a dashboard without news', () => {
  it('polls where events do not come', async () => {
    await using server = await startMemcached()
    await using dashboard = await serveDashboard(memcached(server.port))
    await page.route(/api\/live/, (route) => route.abort())
    await page.goto(dashboard.url)
    await status('Polling')
    await traffic(server.port, { hits: 30, misses: 10 })

    await page.getByRole('cell', { name: '75.0 %' }).first().waitFor()
  })

  it('says so, and recovers when the application is back', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    await page.goto(dashboard.url)
    await status('Live')

    await dashboard.stop()

    await page
      .getByRole('alert')
      .filter({ hasText: 'No news. The server cannot be reached.' })
      .waitFor()
    expect(await page.getByRole('alert').textContent()).toMatch(/The figures below are \d+ s old\./)
    expect(await page.getByRole('table').count()).toBe(1)

    await dashboard.start()

    await status('Live')
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('says that its reader is not allowed any more', async () => {
    let allowed = true
    await using dashboard = await serveDashboard(
      { default: 'memory://' },
      { authorize: () => (allowed ? 'alice' : false) },
    )
    await page.goto(dashboard.url)
    await status('Live')

    allowed = false
    dashboard.cut()

    await page.getByRole('alert').filter({ hasText: 'Not allowed any more.' }).waitFor()
  })

  it('lets go of its connection in a hidden tab', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    await page.goto(dashboard.url)
    await status('Live')
    let ended = 0
    page.on('requestfailed', (request) => {
      if (request.url().includes('api/live')) ended++
    })

    await page.evaluate(
      "Object.defineProperty(document, 'hidden', { value: true });" +
        "document.dispatchEvent(new Event('visibilitychange'))",
    )

    await vi.waitFor(() => expect(ended).toBe(1))
  })
})

function status(name: string): Promise<void> {
  return page.getByRole('status').getByText(name, { exact: true }).waitFor()
}

async function traffic(port: number, { hits, misses }: { hits: number; misses: number }) {
  await using client = new MemcachedClient(`127.0.0.1:${port}`)
  await client.set('there', 'v')
  await Promise.all(Array.from({ length: hits }, () => client.get('there')))
  await Promise.all(Array.from({ length: misses }, () => client.get('not there')))
}
