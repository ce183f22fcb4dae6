import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import type { CacheContext } from '../../../src/channels.ts'
import { fragmentKey } from '../../../src/fragments/index.ts'
import { TemplateFragments } from '../../../src/fragments/templates.ts'
import { openTemplates } from '../../support/nunjucks.ts'

let caches: Caches
let asked: string[]

const note = (context: unknown) => {
  const { operation, keyCount } = context as CacheContext
  asked.push(`${operation} ${keyCount}`)
}

beforeEach(() => {
  caches = createCaches({ default: 'memory://' })
  asked = []
  subscribe('tracing:reprise:cache:start', note)
})
afterEach(async () => {
  unsubscribe('tracing:reprise:cache:start', note)
  await caches.close()
})

const ROWS =
  '{{ run("pass") }}{% for i in range(from, from + 3) %}{% cache 60, "row", i %}{{ i }},{% endcache %}{% endfor %}'

describe('a warm page', () => {
  it('takes one pass and one read from its second render on', async () => {
    const { fragments, ran } = openTemplates(caches, { page: ROWS })
    expect(await fragments.render('page', { from: 0 })).toBe('pass0,1,2,')
    expect(ran).toEqual(['pass', 'pass'])
    expect(asked).toEqual([...Array(3).fill('lookup 1'), ...Array(3).fill('fill 1')])

    for (const _render of [2, 3, 4]) {
      ran.length = 0
      asked.length = 0
      expect(await fragments.render('page', { from: 0 })).toBe('pass0,1,2,')
      expect(ran).toEqual(['pass'])
      expect(asked).toEqual(['getMany 3'])
    }
  })

  it('takes two passes where nobody says which page it is', async () => {
    const fragments = new TemplateFragments(caches)
    let passes = 0
    const render = () => {
      passes += 1
      return fragments.text('x', { ttl: 60 }, () => 'x')
    }
    await fragments.render(render)
    passes = 0

    expect(await fragments.render(render)).toBe('x')
    expect(passes).toBe(2)

    await fragments.render(render, { page: 'named' })
    passes = 0
    expect(await fragments.render(render, { page: 'named' })).toBe('x')
    expect(passes).toBe(1)
  })

  it('reads of fragments inside of fragments the outermost', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "a" %}{% cache 60, "b" %}b{% endcache %}{% cache 60, "c" %}c{% endcache %}{% endcache %}',
    })
    await fragments.render('page')
    asked.length = 0

    expect(await fragments.render('page')).toBe('bc')
    expect(asked).toEqual(['getMany 1'])
  })

  it('reads those inside of one that is rendered each time', async () => {
    const { fragments, ran } = openTemplates(caches, {
      page: '{{ run("pass") }}{% cache 0, "a" %}{% cache 60, "b" %}b{% endcache %}{% endcache %}',
    })
    await fragments.render('page')
    for (const _render of [2, 3, 4]) {
      ran.length = 0
      expect(await fragments.render('page')).toBe('passb')
      expect(ran).toEqual(['pass'])
    }
  })

  it('reads each alias and each version on its own', async () => {
    await using two = createCaches({ default: 'memory://', other: 'memory://?keyPrefix=o' })
    const { fragments } = openTemplates(two, {
      page: '{% cache 60, "x" %}1{% endcache %}{% cache 60, "x", version=2 %}2{% endcache %}{% cache 60, "x", using="other" %}3{% endcache %}',
    })
    await fragments.render('page')
    asked.length = 0

    expect(await fragments.render('page')).toBe('123')
    expect(asked).toEqual(['getMany 1', 'getMany 1', 'getMany 1'])
  })
})

describe('a page that is not what it was', () => {
  it('asks for what is new in a second pass, and expects nothing until three renders were alike', async () => {
    const { fragments, ran } = openTemplates(caches, { page: ROWS })
    await fragments.render('page', { from: 1 })
    await fragments.render('page', { from: 0 })
    asked.length = 0

    for (const _alike of [1, 2, 3]) {
      expect(await fragments.render('page', { from: 1 })).toBe('pass1,2,3,')
    }
    expect(asked).toEqual(Array.from({ length: 9 }, () => 'lookup 1'))
    ran.length = 0
    asked.length = 0
    expect(await fragments.render('page', { from: 1 })).toBe('pass1,2,3,')
    expect(ran).toEqual(['pass'])
    expect(asked).toEqual(['getMany 3'])
  })

  it('never shows what it read for another user, and stops reading it', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "mine", user %}{{ user }}{% endcache %}{% cache 60, "more", user %}{{ user }}{% endcache %}',
    })
    const users = ['ann', 'bob', 'cyd']
    for (const user of users) await fragments.render('page', { user })
    expect(asked.filter((ask) => ask.startsWith('getMany'))).toEqual(['getMany 2'])
    asked.length = 0

    for (const user of [...users, ...users]) {
      expect(await fragments.render('page', { user })).toBe(user + user)
    }
    expect(asked).toEqual(Array.from({ length: 12 }, () => 'lookup 1'))
  })

  it('stops reading what is mostly of no use', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% for i in range(n) %}{% cache 60, "row", i %}{{ i }}{% endcache %}{% endfor %}',
    })
    await fragments.render('page', { n: 5 })
    expect(await fragments.render('page', { n: 2 })).toBe('01')
    asked.length = 0

    expect(await fragments.render('page', { n: 2 })).toBe('01')
    expect(asked).toEqual(['lookup 1', 'lookup 1'])
  })

  it('is not expected to have more than 1000 fragments', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% for i in range(n) %}{% cache 60, "row", i %}x{% endcache %}{% endfor %}',
    })
    for (const _render of [1, 2, 3]) await fragments.render('page', { n: 1001 })
    expect(asked.filter((ask) => ask.startsWith('getMany'))).toEqual([])
  })
})

describe('what was read ahead', () => {
  it('wins no lease: what is missing is asked for where it is met', async () => {
    const { fragments, ran } = openTemplates(caches, {
      page: '{{ run("pass") }}{% cache 60, "a" %}a{% endcache %}{% if both %}{% cache 60, "b" %}{{ run("b") }}{% endcache %}{% endif %}',
    })
    await fragments.render('page', { both: true })
    await caches.default.delete(fragmentKey('b'))
    asked.length = 0

    expect(await fragments.render('page', { both: false })).toBe('passa')
    expect(asked).toEqual(['getMany 2'])
    asked.length = 0
    const found = await caches.default.lookup(fragmentKey('b'))
    expect(found.state).toBe('won')
    if (found.state === 'won') await found.lease.release()
    ran.length = 0

    expect(await fragments.render('page', { both: true })).toBe('passab')
    expect(ran).toEqual(['pass', 'pass', 'b'])
    expect(await caches.default.get(fragmentKey('b'))).toBe('b')
  })

  it('is no text that was invalidated by a tag', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "x", tags="t" %}{{ n }}{% endcache %}{% cache 60, "y" %}y{% endcache %}',
    })
    await fragments.render('page', { n: 1 })
    expect(await fragments.render('page', { n: 2 })).toBe('1y')

    await caches.default.invalidateTags(['t'])

    expect(await fragments.render('page', { n: 3 })).toBe('3y')
  })

  it('is not kept inside of what is rendered under a later lease', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "in" %}{{ n }}{% endcache %}{{ between() }}{% cache 60, "out" %}[{% cache 60, "in" %}{{ n }}{% endcache %}]{% endcache %}',
    })
    const nothing = () => ''
    const { default: cache } = caches
    await fragments.render('page', { n: 1, between: nothing })
    await cache.delete(fragmentKey('out'))

    let deleted: Promise<unknown> | undefined
    const between = () => {
      deleted ??= cache.deleteMany([fragmentKey('in'), fragmentKey('out')])
      return ''
    }
    expect(await fragments.render('page', { n: 2, between })).toBe('1[1]')
    await deleted
    expect(await cache.get(fragmentKey('out'))).toBeUndefined()

    expect(await fragments.render('page', { n: 3, between: nothing })).toBe('3[3]')
    expect(await cache.get(fragmentKey('out'))).toBe('[3]')
  })
})

it('fails with the page that is in want of it, where the cache is closed', async () => {
  await using closed = createCaches({ default: 'memory://' })
  const { fragments } = openTemplates(closed, {
    page: '{% if asks %}{% cache 60, "x" %}x{% endcache %}{% endif %}',
  })
  await fragments.render('page', { asks: true })
  await closed.close()

  expect(await fragments.render('page', { asks: false })).toBe('')
  await expect(fragments.render('page', { asks: true })).rejects.toMatchObject({
    code: 'ERR_CLOSED',
  })
})
