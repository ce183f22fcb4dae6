import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { startMemcached } from '../../support/memcached.ts'

const CHILD = new URL('./page-crowd-child.mjs', import.meta.url).pathname

// The children import `reprise`, so `dist` must be there: `npm test` builds it first.
it('renders once for 1,000 requests for a cold page in 4 processes', async () => {
  await using server = await startMemcached()
  const children = await fleet(server.port, 'page')

  const reports = await Promise.all(children.map(go))

  expect(reports.map(({ renders }) => renders).sort()).toEqual([0, 0, 0, 1])
  expect(new Set(reports.flatMap(({ texts }) => texts)).size).toBe(1)
})

it('renders 1,000 requests for a cold page that cannot be kept all at the same time', async () => {
  await using server = await startMemcached()
  const children = await fleet(server.port, 'private')

  const going = children.map(go)
  // All 250 of each process run at once, before any of them has ended.
  await Promise.all(children.map((child) => message(child, (told) => told === 'all')))
  for (const child of children) child.send('end')
  const reports = await Promise.all(going)

  expect(reports.map(({ renders, most }) => [renders, most])).toEqual([
    [250, 250],
    [250, 250],
    [250, 250],
    [250, 250],
  ])
})

interface Report {
  readonly renders: number
  readonly most: number
  readonly texts: string[]
}

async function fleet(port: number, kind: 'page' | 'private'): Promise<ChildProcess[]> {
  const url = `memcached://127.0.0.1:${port}`
  const children = Array.from({ length: 4 }, () => fork(CHILD, [url, kind, '250']))
  await Promise.all(children.map((child) => message(child, (told) => told === 'ready')))
  return children
}

async function go(child: ChildProcess): Promise<Report> {
  const reporting = message(child, (told) => typeof told === 'object')
  child.send('go')
  return (await reporting) as Report
}

/** The next message of a child that is the one; fails if it ends without. */
async function message(child: ChildProcess, isIt: (told: unknown) => boolean): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process ended with ${code} and without a message`)
  })
  for (;;) {
    const [told] = await Promise.race([once(child, 'message'), ended])
    if (isIt(told)) return told
  }
}
