import { expect, it } from 'vitest'
import { createCaches } from '../../../src/caches.ts'
import { PageCache } from '../../../src/http/page-cache.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { pageRequest } from './page-request.ts'
import { visit } from './visit.ts'

it('gives every caller bytes of his own, and every adapter the same ones', async () => {
  await using caches = createCaches({ default: 'memory://' }, { clock: new FakeClock() })
  const pages = new PageCache(caches.default)
  const bodyOf = async (method: 'open' | 'openShared') => {
    const opened = await pages[method](pageRequest())
    return opened.kind === 'hit' ? opened.body : undefined
  }
  await visit(pages, pageRequest(), { body: 'page' })

  const own = await bodyOf('open')
  own?.write('PAGE')

  expect(String(own)).toBe('PAGE')
  expect(String(await bodyOf('open'))).toBe('page')
  expect((await bodyOf('openShared'))?.buffer).toBe((await bodyOf('openShared'))?.buffer)
})
