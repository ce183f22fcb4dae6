import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { fragmentKey } from '../../../src/fragments/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { openTemplates } from '../../support/nunjucks.ts'

// It stands still but for what a test moves it: a page that waited would never come.
let clock: FakeClock
let caches: Caches

beforeEach(() => {
  clock = new FakeClock()
  caches = createCaches({ default: 'memory://' }, { clock })
})
afterEach(() => caches.close())

const FRAGMENT = {
  a: '{% cache 60, "a" %}{{ run("a") }}{% endcache %}',
  b: '{% cache 60, "b" %}{{ run("b") }}{% endcache %}',
}

describe('pages that hold what the other one needs', () => {
  it('wait for nobody, whichever order their fragments are in', async () => {
    // Each page meets first the fragment that it wins, and only in its second pass the other one,
    // before it.
    const meets = (first: 'a' | 'b', second: 'a' | 'b') =>
      `{% if pass() > 1 %}${FRAGMENT[second]}{% endif %}${FRAGMENT[first]}`
    const { fragments, ran } = openTemplates(caches, { ab: meets('b', 'a'), ba: meets('a', 'b') })

    const pages = await Promise.all([
      fragments.render('ab', { pass: counter() }),
      fragments.render('ba', { pass: counter() }),
    ])

    expect(pages).toEqual(['ab', 'ba'])
    expect(new Set(ran)).toEqual(new Set(['a', 'b']))
    expect(await caches.default.get(fragmentKey('a'))).toBe('a')
    expect(await caches.default.get(fragmentKey('b'))).toBe('b')
  })

  it('wait for nobody where one waits inside of what it holds', async () => {
    const { fragments } = openTemplates(caches, {
      page: `{% cache 60, "outer" %}(${FRAGMENT.a}){% endcache %}`,
    })
    const other = await caches.default.lookup(fragmentKey('a'))

    expect(await fragments.render('page')).toBe('(a)')

    expect(await caches.default.get(fragmentKey('outer'))).toBe('(a)')
    if (other.state !== 'won') throw new Error(other.state)
    await other.lease.release()
  })
})

describe('a page that holds nothing', () => {
  it('waits, but not while it holds what it has won meanwhile', async () => {
    const { fragments, ran } = openTemplates(caches, { page: FRAGMENT.a + FRAGMENT.b })
    const [a, b] = [
      await caches.default.lookup(fragmentKey('a')),
      await caches.default.lookup(fragmentKey('b')),
    ]
    if (a.state !== 'won' || b.state !== 'won') throw new Error('somebody else has them')
    const sleepersBefore = clock.sleepers

    const page = fragments.render('page')
    await expect.poll(() => clock.sleepers).toBe(sleepersBefore + 1)
    expect(ran).toEqual([])
    await a.lease.release()
    clock.advance(0.02)

    // What it has won is there before it waits again: nobody waits for a page that waits.
    await expect.poll(() => caches.default.get(fragmentKey('a'))).toBe('a')
    expect(await b.lease.fill('theirs')).toBe(true)
    await expect.poll(() => clock.sleepers).toBe(sleepersBefore + 1)
    clock.advance(0.13)
    expect(await page).toBe('atheirs')
    expect(ran).toEqual(['a'])
  })

  it('renders itself what does not come within the waitMs of its alias', async () => {
    const { fragments } = openTemplates(caches, { page: FRAGMENT.a })
    await caches.default.lookup(fragmentKey('a'))
    const sleepersBefore = clock.sleepers
    let isDone = false

    const page = fragments.render('page').then((text) => {
      isDone = true
      return text
    })
    for (let waitedMs = 0; waitedMs < 2990; waitedMs += 130) {
      await expect.poll(() => clock.sleepers).toBe(sleepersBefore + 1)
      expect(isDone).toBe(false)
      clock.advance(0.13)
    }
    await expect.poll(() => clock.sleepers).toBe(sleepersBefore + 1)
    clock.advance(0.02)

    expect(await page).toBe('a')
    expect(await caches.default.get(fragmentKey('a'))).toBeUndefined()
  })
})

function counter(): () => number {
  let calls = 0
  return () => {
    calls += 1
    return calls
  }
}
