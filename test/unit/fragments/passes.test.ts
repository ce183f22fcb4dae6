import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import type { CacheContext, FragmentContext } from '../../../src/channels.ts'
import { fragmentKey } from '../../../src/fragments/index.ts'
import { openTemplates } from '../../support/nunjucks.ts'

let caches: Caches

beforeEach(() => {
  caches = createCaches({ default: 'memory://' })
})
afterEach(() => caches.close())

describe('passes', () => {
  it.each([0, 1, 2, 5])('are few for fragments nested %i deep', async (depth) => {
    const levels = Array.from({ length: depth }, (_, level) => level)
    const opening = levels.map((level) => `{% cache 60, "level", ${level} %}${level}`).join('')
    const { fragments, ran } = openTemplates(caches, {
      page: `{{ run("pass") }}${opening}${'{% endcache %}'.repeat(depth)}`,
    })

    expect(await fragments.render('page')).toBe(`pass${levels.join('')}`)
    expect(ran.length).toBe(depth + 1)
    ran.length = 0
    expect(await fragments.render('page')).toBe(`pass${levels.join('')}`)
    expect(ran.length).toBe(1)
  })

  it('read all fragments of a page in one tick', async () => {
    const page =
      '{% for i in range(50) %}{% cache 60, "row", i %}{{ run(i) }},{% endcache %}{% endfor %}'
    const cold = await openTemplates(caches, { page }).fragments.render('page')
    // Another process: it does not know yet what the page has.
    const { fragments, ran } = openTemplates(caches, { page })

    const { result, ticks } = await countTicks('lookup', () => fragments.render('page'))

    expect(result).toBe(cold)
    expect(ran).toEqual([])
    expect(ticks).toEqual([50])
  })

  it('run the body of a fragment that is there twice once', async () => {
    const { fragments, ran } = openTemplates(caches, {
      page: '{% for i in [1, 2] %}{% cache 60, "same" %}{{ run("same") }}{% endcache %}{% endfor %}',
    })

    expect(await fragments.render('page')).toBe('samesame')
    expect(ran).toEqual(['same'])
  })

  it('keep no text that a fragment still unknown has changed', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% set side %}{% cache 60, "side" %}{% cache 60, "deep" %}deep{% endcache %}{% endcache %}{% endset %}{% cache 60, "page" %}[{{ side }}]{% endcache %}',
    })

    expect(await fragments.render('page')).toBe('[deep]')
    expect(await caches.default.get(fragmentKey('page'))).toBe('[deep]')
  })

  it('end after the most that is allowed, with the page right and less of it stored', async () => {
    const page =
      '{% cache 60, "a" %}a{% cache 60, "b" %}b{% cache 60, "c" %}c{% endcache %}{% endcache %}{% endcache %}'
    const { fragments } = openTemplates(caches, { page }, { maxPasses: 2 })

    expect(await fragments.render('page')).toBe('abc')
    expect(await caches.default.get(fragmentKey('a'))).toBe('abc')
    expect(await caches.default.get(fragmentKey('b'))).toBeUndefined()
    expect(await isFree('b')).toBe(true)
  })

  it('cache nothing where one pass is all that is allowed', async () => {
    const { fragments } = openTemplates(
      caches,
      { page: '{% cache 60, "a" %}a{% endcache %}' },
      { maxPasses: 1 },
    )

    expect(await fragments.render('page')).toBe('a')
    expect(await caches.default.get(fragmentKey('a'))).toBeUndefined()
  })

  it('give back the lease of a fragment that is not on the page after all', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% if first() %}{% cache 60, "gone" %}gone{% endcache %}{% endif %}',
    })
    let calls = 0
    const first = () => {
      calls += 1
      return calls === 1
    }

    expect(await fragments.render('page', { first })).toBe('')
    expect(await isFree('gone')).toBe(true)
  })

  it('keep nothing under a key that is deleted while its body renders', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "x" %}{{ remove() }}text{% endcache %}',
    })
    let removed: Promise<boolean> | undefined
    const remove = () => {
      removed = caches.default.delete(fragmentKey('x'))
    }

    expect(await fragments.render('page', { remove })).toBe('text')
    await removed
    expect(await caches.default.get(fragmentKey('x'))).toBeUndefined()
  })

  it('render once for many concurrent readers of a cold page', async () => {
    const { fragments, ran } = openTemplates(caches, {
      page: '{% cache 60, "a" %}{{ run("a") }}{% endcache %}{% cache 60, "b" %}{{ run("b") }}{% endcache %}',
    })

    const pages = await Promise.all(Array.from({ length: 20 }, () => fragments.render('page')))

    expect(new Set(pages)).toEqual(new Set(['ab']))
    expect(ran).toEqual(['a', 'b'])
  })
})

describe('a fragment that somebody else renders', () => {
  it('is rendered here and not kept, once the wait is over', async () => {
    await using impatient = createCaches({
      default: { backend: 'memory', options: {}, waitMs: 0 },
    })
    const { fragments } = openTemplates(impatient, {
      page: '{% cache 60, "x" %}mine{% endcache %}',
    })
    const found = await impatient.default.lookup(fragmentKey('x'))

    expect(await fragments.render('page')).toBe('mine')

    expect(await impatient.default.get(fragmentKey('x'))).toBeUndefined()
    if (found.state !== 'won') throw new Error(`the key was ${found.state}`)
    expect(await found.lease.fill('theirs')).toBe(true)
    expect(await fragments.render('page')).toBe('theirs')
  })

  it('is waited for, after what is held here is stored', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "mine" %}mine{% endcache %} {% cache 60, "theirs" %}wrong{% endcache %}',
    })
    const found = await caches.default.lookup(fragmentKey('theirs'))
    if (found.state !== 'won') throw new Error(`the key was ${found.state}`)

    const page = fragments.render('page')
    while ((await caches.default.get(fragmentKey('mine'))) === undefined) await setImmediate()
    await found.lease.fill('theirs')

    expect(await page).toBe('mine theirs')
  })
})

describe('a fragment that was invalidated', () => {
  it('is rendered anew by one reader', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "x" %}{{ n }}{% endcache %}',
    })
    await fragments.render('page', { n: 1 })

    await caches.default.invalidate(fragmentKey('x'))

    expect(await fragments.render('page', { n: 2 })).toBe('2')
    expect(await fragments.render('page', { n: 3 })).toBe('2')
  })
})

it('renders over somebody else’s value, which is no text, and leaves it', async () => {
  const { fragments } = openTemplates(caches, { page: '{% cache 60, "x" %}text{% endcache %}' })
  await caches.default.set(fragmentKey('x'), { not: 'text' })

  expect(await fragments.render('page')).toBe('text')
  expect(await caches.default.get(fragmentKey('x'))).toEqual({ not: 'text' })
})

it('publishes each fragment of a page with what became of it', async () => {
  const { fragments } = openTemplates(caches, {
    page: '{% cache 60, "a" %}a{% endcache %}{% cache 60, "b", n %}{{ fail() }}{% endcache %}',
  })
  const published: FragmentContext[] = []
  const note = (context: unknown) => published.push({ ...(context as FragmentContext) })
  const failure = new Error('no b')
  const fail = () => {
    throw failure
  }
  await fragments.render('page', { fail: () => 'b', n: 1 })
  subscribe('tracing:reprise:fragment:asyncEnd', note)

  await fragments.render('page', { fail: () => 'b', n: 2 })
  await expect(fragments.render('page', { fail, n: 3 })).rejects.toThrow('no b')

  unsubscribe('tracing:reprise:fragment:asyncEnd', note)
  expect(published).toMatchObject([
    { alias: 'default', name: 'a', result: 'hit' },
    { alias: 'default', name: 'b', result: 'stored' },
    { alias: 'default', name: 'a', result: 'hit' },
    { alias: 'default', name: 'b', result: 'not-stored', error: failure },
  ])
})

async function isFree(name: string): Promise<boolean> {
  const found = await caches.default.lookup(fragmentKey(name))
  if (found.state === 'won') await found.lease.release()
  return found.state === 'won'
}

/** How many calls of `operation` began in each turn in which any did. */
async function countTicks<T>(
  operation: string,
  run: () => Promise<T>,
): Promise<{ result: T; ticks: number[] }> {
  const ticks: number[] = []
  let open = false
  const note = (context: unknown) => {
    if ((context as CacheContext).operation !== operation) return
    if (!open) {
      ticks.push(0)
      open = true
      queueMicrotask(() => {
        open = false
      })
    }
    ticks.push((ticks.pop() ?? 0) + 1)
  }
  subscribe('tracing:reprise:cache:start', note)
  try {
    return { result: await run(), ticks }
  } finally {
    unsubscribe('tracing:reprise:cache:start', note)
  }
}
