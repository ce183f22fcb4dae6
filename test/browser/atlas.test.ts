import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Atlas, makeDataFolder, startAtlas } from '../support/atlas.ts'
import { launchChromium } from './chromium.ts'

const ZURICH = '/city/2657896'

let browser: Browser
let data: Awaited<ReturnType<typeof makeDataFolder>>
let atlas: Atlas
let context: BrowserContext
let page: Page
let complaints: string[]

beforeAll(async () => {
  browser = await launchChromium()
  data = await makeDataFolder()
  atlas = await startAtlas({ ATLAS_DATA: data.path })
})
afterAll(async () => {
  await atlas[Symbol.asyncDispose]()
  await data[Symbol.asyncDispose]()
  await browser.close()
})

beforeEach(async () => {
  complaints = []
  context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  page = await context.newPage()
  // Also where the Content-Security-Policy stopped something.
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('requestfailed', (request) => {
    // A picture that was still under way when the next page was asked for is no failure.
    const error = request.failure()?.errorText
    if (error !== 'net::ERR_ABORTED') complaints.push(`${error}: ${request.url()}`)
  })
})
afterEach(() => context.close())

describe('the atlas in a browser', () => {
  it.each(['/', '/countries', '/country/CH', '/country/VA', ZURICH, '/search?q=san', '/sign-in'])(
    'shows %s without a complaint and without scrolling sideways',
    async (path) => {
      await page.goto(atlas.url + path, { waitUntil: 'networkidle' })

      expect(await page.locator('h1').count()).toBe(1)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      expect(complaints).toEqual([])
    },
  )

  it('draws the world from a file of its own', async () => {
    await page.goto(`${atlas.url}/`, { waitUntil: 'networkidle' })
    const box = await page.evaluate("document.querySelector('.world use').getBBox().width")

    expect(box).toBeGreaterThan(300)
  })

  it('says in the footer that the second visit was a hit without a query', async () => {
    const delivery = page.locator('#delivery')

    await page.goto(`${atlas.url}/country/DK`)
    expect(await delivery.textContent()).toMatch(
      /^Handed to you: cache miss, 6 SQL queries, [\d.]+ ms\.$/,
    )

    await page.goto(`${atlas.url}/country/DK`)
    expect(await delivery.textContent()).toMatch(
      /^Handed to you: cache hit(, \d+ s old)?, 0 SQL queries, [\d.]+ ms\.$/,
    )
    expect(await page.locator('.receipt').textContent()).toContain('with 6 SQL queries')
    expect(complaints).toEqual([])
  })

  it('tells the truth also where the browser shows the copy that it has', async () => {
    await page.goto(`${atlas.url}/country/SE`)
    await page.goto(`${atlas.url}/country/SE`)
    const [sent, whole] = await page.evaluate<number[]>(
      `(([{ transferSize, encodedBodySize }]) => [transferSize, encodedBodySize])(performance.getEntriesByType('navigation'))`,
    )

    expect(whole).toBeGreaterThan(5000)
    expect(sent).toBeLessThan(1000)
    expect(await page.locator('#delivery').textContent()).toMatch(/cache hit.* 0 SQL queries/)
  })

  it('shows an edit at once, on each page that had the old number', async () => {
    for (const path of ['/', '/country/CH', '/search?q=zurich']) await page.goto(atlas.url + path)
    await page.goto(atlas.url + ZURICH)
    expect(await page.locator('#saved').isVisible()).toBe(false)

    await page.fill('#population', '31000001')
    await page.click('main form button')

    await page.waitForURL(`**${ZURICH}#saved`)
    expect(await page.locator('#saved').isVisible()).toBe(true)
    expect(await page.locator('[data-population]').textContent()).toBe('31,000,001')
    for (const path of ['/', '/country/CH', '/search?q=zurich']) {
      await page.goto(atlas.url + path)
      expect(await page.locator('main').textContent(), path).toContain('31,000,001')
    }
    expect(complaints).toEqual([])
  })

  it('greets a visitor who signs in, keeps favourites, and forgets after signing out', async () => {
    await page.goto(`${atlas.url}/country/PT`)
    await page.click('text=Sign in')
    await page.fill('#name', 'Ada Lovelace')
    await page.click('main button')
    await page.waitForURL('**/country/PT')
    await page.click('text=Add to favourites')

    const panel = page.locator('.panel')
    await panel.getByText('Portugal').waitFor()
    expect(await panel.textContent()).toContain('Ada Lovelace')

    await page.click('text=Sign out')
    await page.waitForURL(`${atlas.url}/`)
    expect(await panel.count()).toBe(0)
    expect(await context.cookies()).toEqual([])
    expect(complaints).toEqual([])
  })

  it('has a dashboard that shows the hits', async () => {
    for (let visit = 0; visit < 3; visit += 1) await atlas.get('/country/FI')

    await page.goto(`${atlas.url}/`)
    await page.click('text=cache dashboard')
    await page.waitForURL('**/admin/cache/**')

    // Of the alias that the pages are in: some of what was asked for was there.
    const row = page.locator('tr', { hasText: 'default' })
    await expect.poll(() => row.textContent()).toMatch(/[1-9]\d?\.\d %/)
    expect(complaints).toEqual([])
  })
})

describe('the dashboard in production', () => {
  it('lets nobody in without authorization', async () => {
    await using site = await startAtlas({ ATLAS_DATA: data.path, NODE_ENV: 'production' })

    const response = await page.goto(`${site.url}/admin/cache/`)

    expect(response?.status()).toBe(403)
    expect((await site.get('/')).status).toBe(200)
  })
})
