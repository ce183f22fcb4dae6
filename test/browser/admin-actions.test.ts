import type { Browser, Page } from 'playwright-core'
import { MemcachedClient } from 'reprise/memcached'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
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

describe('what the dashboard does', () => {
  it('deletes a key, and tells who did', async () => {
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

  it('deletes a key by the keyboard alone', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    await dashboard.caches.default.set('k', 'v')
    await page.goto(dashboard.url)
    await tabTo(page, page.getByRole('link', { name: 'Actions' }))
    await page.keyboard.press('Enter')
    const form = page.getByRole('region', { name: 'Delete a key' })
    await form.waitFor()
    await tabTo(page, form.getByLabel('Key'))
    await page.keyboard.type('k')
    await tabTo(page, form.getByRole('button', { name: 'Delete' }))
    await page.keyboard.press('Enter')
    await form.getByText('The key is deleted.').waitFor()

    expect(await dashboard.caches.default.get('k')).toBeUndefined()
  })

  it('invalidates a tag', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://' })
    await dashboard.caches.default.set('k', 'v', { tags: ['t'] })
    await dashboard.caches.default.set('other', 'v', { tags: ['u'] })
    await page.goto(`${dashboard.url}/#actions`)
    const form = page.getByRole('region', { name: 'Invalidate a tag' })
    await form.getByLabel('Tag').fill('t')
    await form.getByRole('button', { name: 'Invalidate' }).click()
    await form.getByText('The tag is invalid.').waitFor()

    expect(await dashboard.caches.default.get('k')).toBeUndefined()
    expect(await dashboard.caches.default.get('other')).toBe('v')
  })

  it('clears an alias once its name is typed', async () => {
    await using dashboard = await serveDashboard({ default: 'memory://', other: 'memory://other' })
    await dashboard.caches.get('other').set('k', 'v')
    await dashboard.caches.default.set('k', 'v')
    await page.goto(`${dashboard.url}/#actions`)
    const form = page.getByRole('region', { name: 'Clear an alias' })
    await form.getByLabel('Alias').selectOption('other')
    await form.getByLabel('Again, to confirm').fill('default')
    await form.getByRole('button', { name: 'Clear' }).click()
    await form.getByText('`confirm` must be the name of the alias.').waitFor()
    expect(await dashboard.caches.get('other').get('k')).toBe('v')

    await form.getByLabel('Again, to confirm').fill('other')
    await form.getByRole('button', { name: 'Clear' }).click()
    await form.getByText('The alias other is empty.').waitFor()

    expect(await dashboard.caches.get('other').get('k')).toBeUndefined()
    expect(await dashboard.caches.default.get('k')).toBe('v')
  })

  it('deletes by prefix once that is typed again', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = await serveDashboard(memcached(server.port))
    await client.set('a:1', 'v')
    await client.set('b:1', 'v')
    await page.goto(`${dashboard.url}/#actions`)
    const form = page.getByRole('region', { name: 'Delete by prefix' })
    await form.getByLabel('Prefix').fill('a:')
    await form.getByLabel('Again, to confirm').fill('a:')
    await form.getByRole('button', { name: 'Delete' }).click()
    await form.locator('output').getByText(/\w/).waitFor()

    expect(await client.get('a:1')).toBeUndefined()
    expect(await client.get('b:1')).toBeDefined()
  })

  it('empties a server once its name is typed', async () => {
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

  it('watches a server for five seconds, and says how much of it was seen', async () => {
    await using server = await startMemcached()
    await using client = new MemcachedClient(`127.0.0.1:${server.port}`)
    await using dashboard = await serveDashboard(memcached(server.port))
    await page.goto(`${dashboard.url}/#live`)
    await page.getByLabel('Events').selectOption('mutations')
    await page.getByRole('button', { name: 'Watch' }).click()
    const writing = setInterval(() => void client.set('watched', 'v'), 100)
    const seen = page.getByRole('row', { name: 'watched' }).first()
    await seen.waitFor().finally(() => clearInterval(writing))

    await page.getByText(/events in 5\.\d s, which is 100\.0 % of what there was/).waitFor()
    expect(wrong).toEqual([])
  })

  it('looks up a key, and shows the start of its value', async () => {
    await using server = await startMemcached()
    await using dashboard = await serveDashboard(memcached(server.port))
    await dashboard.caches.default.set('k', { city: 'Łódź', password: 'hunter2' })
    await page.goto(`${dashboard.url}/#keys`)
    await page.getByLabel('Key', { exact: true }).fill('k')
    await page.getByRole('button', { name: 'Look up' }).click()
    await page.getByText(':1:k', { exact: true }).waitFor()
    expect(await page.locator('pre').count()).toBe(0)

    await page.getByRole('button', { name: 'Show the value' }).click()
    await page.getByText('"city": "Łódź"').waitFor()

    expect(await page.locator('pre').textContent()).not.toContain('hunter2')
  })
})

describe('what the dashboard refuses', () => {
  const settings = { default: 'memory://' } as const

  it('has no button and answers 403 where there is no permission', async () => {
    await using dashboard = await serveDashboard(settings, {
      authorize: () => ({ name: 'ada', permissions: ['view', 'delete'] }),
    })
    await dashboard.caches.default.set('k', 'v')
    await page.goto(`${dashboard.url}/#actions`)
    await page.getByRole('button', { name: 'Delete' }).waitFor()
    expect(await page.getByRole('button').allTextContents()).toEqual(['Delete'])

    const asked = { alias: 'default', confirm: 'default' }
    expect(await postFrom(page, 'actions/clear', asked)).toBe(403)
    expect(await dashboard.caches.default.get('k')).toBe('v')
  })

  it('changes nothing and shows no key where it is read-only', async () => {
    await using dashboard = await serveDashboard(settings, {
      authorize: () => ({ name: 'ada', permissions: ['view'] }),
      readOnly: true,
    })
    await page.goto(`${dashboard.url}/#actions`)
    await page.getByText('The dashboard is read-only').waitFor()
    expect(await page.getByRole('button').count()).toBe(0)
    expect(await postFrom(page, 'actions/delete-key', { alias: 'default', key: 'k' })).toBe(403)

    await page.goto(`${dashboard.url}/#keys`)
    await page.getByText('Keys and values are not shown').waitFor()
  })
})

/** The status of a POST as the page itself makes one. */
function postFrom(page: Page, path: string, body: object): Promise<number> {
  return page.evaluate(
    async ([path, body]) => {
      const headers = { 'content-type': 'application/json', 'x-reprise-admin': '1' }
      return (await fetch(`api/${path}`, { method: 'POST', headers, body })).status
    },
    [path, JSON.stringify(body)] as const,
  )
}
