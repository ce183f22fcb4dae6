import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import express from 'express'
import type { Locator, Page } from 'playwright-core'
// The built package: what is looked at is what ships.
import { type CachesSettings, createCaches } from 'reprise'
import { type AdminOptions, createAdmin } from 'reprise/admin'

/** An application with a dashboard below two prefixes. */
export async function serveDashboard(settings: CachesSettings, options: AdminOptions = {}) {
  const caches = createCaches(settings)
  const admin = createAdmin(caches, { env: {}, ...options })
  const app = express().use('/ops/:team/cache', admin.express())
  let http: Server | undefined
  let port = 0
  const sockets = new Set<Socket>()
  const dashboard = {
    caches,
    /** Where it is mounted, for routes of a test's own. */
    app,
    get url() {
      return `http://127.0.0.1:${port}/ops/shop/cache`
    },
    async start() {
      http = createServer(app).listen(port, '127.0.0.1')
      http.on('connection', (socket) => sockets.add(socket))
      await once(http, 'listening')
      const address = http.address()
      if (typeof address === 'object' && address !== null) port = address.port
    },
    /** As when the application is restarted: connections end, new ones are refused. */
    async stop() {
      http?.close()
      dashboard.cut()
      await new Promise(setImmediate)
    },
    cut() {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    async [Symbol.asyncDispose]() {
      await dashboard.stop()
      await admin.close()
      await caches.close()
    },
  }
  await dashboard.start()
  return dashboard
}

/** What a page did that it must not: dialogs, errors, breaches of its policy, foreign requests. */
export function watchFor(page: Page): string[] {
  const seen: string[] = []
  page.on('dialog', (dialog) => {
    seen.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', ({ message }) => seen.push(`error ${message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') seen.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith('http://127.0.0.1:')) seen.push(`request ${request.url()}`)
  })
  return seen
}

export function memcached(port: number) {
  return { default: { backend: 'memcached', location: `127.0.0.1:${port}` } } as const
}

/** Goes on by the tabulator key until `target` has the focus. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error('The keyboard does not get there.')
}
