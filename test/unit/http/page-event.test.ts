import { describe, expect, it } from 'vitest'
import { type PageContext, pageChannel } from '../../../src/channels.ts'
import type { PageOptions, PagePolicy } from '../../../src/http/page-options.ts'
import { memoryPages, send, visit } from './visit.ts'

async function contexts(run: () => Promise<unknown>): Promise<PageContext[]> {
  const seen: PageContext[] = []
  const subscribers = { asyncEnd: (context: PageContext) => seen.push(context) }
  pageChannel.subscribe(subscribers as never)
  try {
    await run()
  } finally {
    pageChannel.unsubscribe(subscribers as never)
  }
  return seen
}

describe('reprise:page', () => {
  const named = async (options: PageOptions, policy: PagePolicy, inner: PagePolicy = {}) => {
    const { pages, get } = memoryPages(options)
    const [first, second] = await contexts(async () => {
      const opened = await pages.open(get(), policy)
      if (opened.kind === 'render') {
        opened.override(inner)
        await send(opened)
      }
      await visit(pages, get(), {}, policy)
    })
    return [first?.name, second?.name]
  }

  it('says what a page is called: by its site, or by itself', async () => {
    expect(await named({}, {})).toEqual([undefined, undefined])
    expect(await named({ name: 'site' }, {})).toEqual(['site', 'site'])
    expect(await named({ name: 'site' }, { name: '/cities' })).toEqual(['/cities', '/cities'])
  })

  it('says so of a page further in, once it is known', async () => {
    expect(await named({ name: 'site' }, {}, { name: '/in' })).toEqual(['/in', 'site'])
  })

  it('says why a page was not kept', async () => {
    const { pages, get } = memoryPages({ hosts: ['other.example'] })
    const seen = await contexts(() => visit(pages, get()))

    expect(seen).toMatchObject([{ alias: 'default', result: 'bypass', reason: 'host' }])
  })
})
