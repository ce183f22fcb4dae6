import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/caches.ts'
import { systemClock } from '../../../src/clock.ts'
import { wrapSite } from '../../../src/frameworks/node.ts'
import { CommandLine, runCommand } from '../../support/command-line.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort } from '../../support/memcached.ts'

let site: Server
let elsewhere: Server
let home: string
let away: string
let asked: string[] = []
let askedElsewhere: string[] = []
let atOnce = 0
let mostAtOnce = 0

beforeAll(async () => {
  elsewhere = createServer((request, response) => {
    askedElsewhere.push(request.url ?? '')
    response.end('elsewhere')
  })
  site = createServer((request, response) => void answer(request, response))
  home = await listen(site)
  away = await listen(elsewhere)
})

afterAll(() => {
  site.close()
  elsewhere.close()
})

beforeEach(() => {
  asked = []
  askedElsewhere = []
  atOnce = 0
  mostAtOnce = 0
})

describe('reprise warm', () => {
  it('asks for the pages it is given', async () => {
    const { code, out, err } = await runCommand([
      'warm',
      `${home}/a`,
      `${home}/b#part`,
      `${home}/a`,
    ])

    expect([code, err, asked.sort()]).toEqual([0, '', ['/a', '/b']])
    expect(out).toMatch(/^2 of 2 pages in \d+\.\d s \(.*\/s\)\.\n$/)
  })

  it('asks for what a sitemap and its index name, packed or not, and nothing of other sites', async () => {
    const { code, out, err } = await runCommand(['warm', '--sitemap', `${home}/index.xml`])

    expect(code).toBe(0)
    expect(pages()).toEqual(['/page/1', '/page/2', '/page/3'])
    expect(askedElsewhere).toEqual([])
    expect(err).toBe('3 addresses of other sites were left out (--any-origin).\n')
    expect(out).toMatch(/^3 of 3 pages /)
  })

  it('asks other sites where it is told to', async () => {
    const { code } = await runCommand(['warm', '--sitemap', `${home}/one.xml`, '--any-origin'])

    expect([code, askedElsewhere]).toEqual([0, ['/foreign']])
  })

  it('asks for no more pages than it may', async () => {
    const { err } = await runCommand(['warm', '--sitemap', `${home}/many.xml`, '--limit', '7'])

    expect(pages()).toHaveLength(7)
    expect(err).toBe('It takes the first 7 pages (--limit).\n')
  })

  it.each([1, 3])('asks for %i at a time', async (concurrency) => {
    const args = ['warm', '--sitemap', `${home}/many.xml`, '--concurrency', `${concurrency}`]

    expect((await runCommand(args)).code).toBe(0)
    expect([pages().length, mostAtOnce]).toEqual([40, concurrency])
  })

  it.each([
    ['piped in', []],
    ['named -', ['--list', '-']],
  ])('reads a list that is %s', async (_, options) => {
    const input = `# popular\n${home}/x\n\n${home}/y\n`

    const { code } = await runCommand(['warm', ...options], { input })

    expect([code, asked.sort()]).toEqual([0, ['/x', '/y']])
  })

  it('reads a list from a file', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'reprise-warm-'))
    writeFileSync(join(cwd, 'list.txt'), `${home}/f\n`)

    const { code } = await runCommand(['warm', '--list', 'list.txt'], { cwd })
    rmSync(cwd, { recursive: true })

    expect([code, asked]).toEqual([0, ['/f']])
  })

  it('follows no redirect, and tells what failed', async () => {
    const { code, out, err } = await runCommand([
      'warm',
      `${home}/moved`,
      `${home}/broken`,
      `${home}/cut`,
      `${home}/ok`,
    ])

    expect([code, askedElsewhere]).toEqual([1, []])
    expect(err).toMatch(new RegExp(`${home}/broken: 500\\n`))
    expect(err).toMatch(new RegExp(`${home}/cut: .+\\n`))
    expect(out).toMatch(/; 2 failed\.\n$/)
  })

  it('gives up a page that takes too long', async () => {
    const { code, err } = await runCommand([
      'warm',
      `${home}/never`,
      `${home}/ok`,
      '--timeout',
      '0.2',
    ])

    expect(code).toBe(1)
    expect(err).toMatch(/\/never: .*timeout/)
  })

  it('ends with 4 where nobody answers', async () => {
    const port = await freePort()

    expect((await runCommand(['warm', `http://127.0.0.1:${port}/`])).code).toBe(4)
  })

  it('gives a line of JSON for each page, and one for all', async () => {
    const { out } = await runCommand(['warm', `${home}/a`, '--json'])

    const [page = '', all = ''] = out.split('\n')
    expect(JSON.parse(page)).toEqual({
      schemaVersion: 1,
      url: `${home}/a`,
      status: 200,
      ms: expect.any(Number),
      cache: null,
      error: null,
    })
    expect(JSON.parse(all)).toMatchObject({ schemaVersion: 1, pages: 1, done: 1, failed: 0 })
  })

  it('fills the page cache of a site, and says so', async () => {
    await using caches = createCaches({ default: 'memory://' })
    const server = createServer(wrapSite(caches, (_request, response) => response.end('page')))
    const place = await listen(server)
    const urls = Array.from({ length: 5 }, (_, i) => `${place}/${i}`)

    const first = await runCommand(['warm', ...urls])
    const second = await runCommand(['warm', ...urls])
    server.close()

    expect(first.out).toContain('; 5 stored now, 0 were there already.')
    expect(second.out).toContain('; 0 stored now, 5 were there already.')
  })

  it('shows a bar on a terminal', async () => {
    const { err } = await runCommand(['warm', `${home}/a`, `${home}/b`], { isTTY: true })

    expect(err).toMatch(/\r█+░* 50 % {2}1\/2 {2}/)
    expect(err).toMatch(/\r█{30} 100 % {2}2\/2 {2}.*\r.\[K$/)
  })

  it('ends with 130 when it is interrupted', async () => {
    const line = new CommandLine(systemClock)
    const done = line.run('warm', `${home}/never`)
    await eventually(async () => asked.length === 1)
    line.interrupt()

    expect(await done).toBe(130)
  })

  it.each([
    [
      ['warm', 'file:///etc/passwd'],
      'The address is file:///etc/passwd: it must be an http or https',
    ],
    [
      ['warm', '--sitemap', 'ftp://a/'],
      '--sitemap is ftp://a/: it must be an http or https address.',
    ],
    [['warm', 'https://me:s3cret@a/'], 'The address has a password in it'],
    [['warm', '--list', 'missing.txt'], 'The list missing.txt cannot be read.'],
    [
      ['warm', '--concurrency', '65'],
      '--concurrency is 65: it must be a whole number from 1 to 64.',
    ],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await runCommand(args)

    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(err).not.toContain('s3cret')
  })

  it.each([
    ['/missing.xml', 'answers 404: there is no sitemap.'],
    ['/page/1', 'is no sitemap.'],
    ['/out.xml', 'leads to another site: give that address, or --any-origin.'],
    ['/loop.xml', 'leads on and on.'],
    ['/bomb.xml', 'cannot be unpacked, or is larger than a sitemap may be.'],
  ])('refuses the sitemap %s', async (path, message) => {
    const { code, err } = await runCommand(['warm', '--sitemap', home + path])

    expect([code, askedElsewhere]).toEqual([2, []])
    expect(err).toContain(message)
  })
})

function pages(): string[] {
  return asked.filter((path) => path.startsWith('/page/')).sort()
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? ''
  asked.push(path)
  const send = (xml: string): void => void response.end(xml)
  const redirect = (location: string): void => void response.writeHead(302, { location }).end()
  switch (path) {
    case '/index.xml':
      return send(index('/one.xml', '/two.xml.gz', `${away}/foreign.xml`))
    case '/one.xml':
      return send(
        urlset(`${home}/page/1`, `${home}/page/2`, `${away}/foreign`, 'file:///etc/passwd'),
      )
    case '/two.xml.gz':
      return void response.end(gzipSync(urlset(`${home}/page/2`, `${home}/page/3`)))
    case '/many.xml':
      return send(urlset(...Array.from({ length: 40 }, (_, i) => `${home}/page/${i}`)))
    case '/bomb.xml':
      return void response.end(gzipSync(Buffer.alloc(60 * 1024 ** 2)))
    case '/out.xml':
      return redirect(`${away}/foreign.xml`)
    case '/loop.xml':
      return redirect('/loop.xml')
    case '/missing.xml':
      return void response.writeHead(404).end()
    case '/moved':
      return redirect(`${away}/target`)
    case '/broken':
      return void response.writeHead(500).end()
    case '/cut':
      return void request.socket.destroy()
    case '/never':
      return
    default: {
      atOnce++
      mostAtOnce = Math.max(mostAtOnce, atOnce)
      await systemClock.sleep(5)
      atOnce--
      response.end('page')
    }
  }
}

function urlset(...urls: string[]): string {
  return `<urlset>${urls.map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>`
}

function index(...urls: string[]): string {
  return `<sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`
}
