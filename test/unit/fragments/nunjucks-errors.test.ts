import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import type nunjucks from 'nunjucks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import type { ErrorMessage } from '../../../src/channels.ts'
import { fragmentKey } from '../../../src/fragments/index.ts'
import { openTemplates } from '../../support/nunjucks.ts'

let caches: Caches

beforeEach(() => {
  caches = createCaches({ default: 'memory://' })
})
afterEach(() => caches.close())

describe('a cache tag that is wrong', () => {
  it.each([
    {
      tag: '{% cache %}',
      says: '(page) [Line 2, Column 4] The `cache` tag needs a ttl and a name',
    },
    { tag: '{% cache 60 %}', says: '(page) [Line 2, Column 4] The `cache` tag needs a ttl' },
    { tag: '{% cache 60, name %}', says: '[Line 2, Column 14] The second argument' },
    { tag: '{% cache 60, "" %}', says: 'must be a name in quotes' },
    {
      tag: '{% cache 60, "x", usin="y" %}',
      says: '[Line 2, Column 19] The `cache` tag has `usin=`',
    },
    {
      tag: '{% cache 60, "x", using="a", using="b" %}',
      says: 'it takes one each of `digest=`, `swr=`',
    },
    {
      tag: '{% cache 60 sidebar user %}',
      says: '[Line 2, Column 4] The `cache` tag cannot be read (parseSignature: expected comma',
    },
    { tag: '{% cache 60, "x", user. %}', says: 'The `cache` tag cannot be read (' },
  ])('ends the loading of its template: $tag', async ({ tag, says }) => {
    const { env, fragments } = openTemplates(caches, { page: `\n${tag}{% endcache %}` })

    await expect(fragments.render('page')).rejects.toMatchObject({
      name: 'CacheError',
      code: 'ERR_TEMPLATE',
      message: expect.stringContaining(says),
    })
    expect(() => env.render('page')).toThrow('`cache` tag')
  })

  it.each([
    {
      tag: '{% cache "soon", "x" %}',
      says: '(page) The `cache` tag "x" on line 2: `ttl` is "soon"',
    },
    { tag: '{% cache nothing, "x" %}', says: '`ttl` is of type undefined' },
    { tag: '{% cache 60, "x", using="nowhere" %}', says: 'on line 2:' },
    { tag: '{% cache 60, "x", using=nothing %}', says: '`using` is undefined' },
    { tag: '{% cache 60, "x", object %}', says: 'varies on [object Object]' },
  ])('ends the rendering: $tag', async ({ tag, says }) => {
    const { env, fragments } = openTemplates(caches, { page: `\n${tag}{% endcache %}` })
    const context = { object: {} }

    await expect(fragments.render('page', context)).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringContaining(says),
    })
    expect(() => env.render('page', context)).toThrow('The `cache` tag "x" on line 2')
  })

  it('is named with the template that includes it', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% include "part" %}',
      part: '{% cache [], "x" %}{% endcache %}',
    })

    await expect(fragments.render('page')).rejects.toThrow(
      '(page) (part) The `cache` tag "x" on line 1: `ttl` is of type array',
    )
  })

  it('is named where it is never ended', async () => {
    const { fragments } = openTemplates(caches, { page: '\n{% cache 60, "x" %}never ended' })

    await expect(fragments.render('page')).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: '(page) [Line 2, Column 4] The `cache` tag has no {% endcache %}.',
    })
  })

  it('leaves nunjucks its own errors', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "x" %}{% if true %}never ended{% endcache %}',
    })

    await expect(fragments.render('page')).rejects.toMatchObject({
      name: 'Template render error',
      message: expect.stringContaining('unknown block tag: endcache'),
    })
    await expect(fragments.render('missing')).rejects.toThrow('template not found: missing')
  })
})

describe('a body that throws', () => {
  it.each([
    { where: 'itself', page: '{% cache 60, "x" %}{{ fail() }}{% endcache %}' },
    { where: 'in an include', page: '{% cache 60, "x" %}a{% include "part" %}{% endcache %}' },
    {
      where: 'in an include in a loop',
      page: '{% cache 60, "x" %}{% for i in [1] %}{% include "part" %}{% endfor %}{% endcache %}',
    },
    {
      where: 'in another fragment',
      page: '{% cache 60, "x" %}{% cache 60, "y" %}{{ fail() }}{% endcache %}{% endcache %}',
    },
  ])('rejects the page, stores nothing and holds nothing: $where', async ({ page }) => {
    const { fragments } = openTemplates(caches, { page, part: '{{ fail() }}' })
    let broken = true
    const fail = () => {
      if (broken) throw new TypeError('database is down')
      return 'up'
    }

    await expect(fragments.render('page', { fail })).rejects.toThrow('database is down')

    expect(await caches.default.get(fragmentKey('x'))).toBeUndefined()
    broken = false
    expect(await fragments.render('page', { fail })).toContain('up')
    expect(await caches.default.get(fragmentKey('x'))).toContain('up')
  })

  it('gives back the leases of the other fragments', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "before" %}b{% endcache %}{{ fail() }}{% cache 60, "after" %}a{% endcache %}',
    })
    let calls = 0
    const fail = () => {
      calls += 1
      if (calls > 1) throw new Error('second pass')
    }

    await expect(fragments.render('page', { fail })).rejects.toThrow('second pass')

    for (const name of ['before', 'after']) {
      const found = await caches.default.lookup(fragmentKey(name))
      expect(found.state).toBe('won')
      if (found.state === 'won') await found.lease.release()
    }
  })
})

describe('asynchronous steps', () => {
  it.each([
    { what: 'a filter', body: '{% for x in [1, 2] %}{{ x | slow }}{% endfor %}' },
    { what: 'a filter in a set block', body: '{% set x %}{{ 1 | slow }}{% endset %}' },
    { what: 'a tag', body: '{% slowly %}' },
  ])('are refused inside a cached body: $what', async ({ body }) => {
    const { env, fragments } = openTemplates(caches, {
      page: `{% cache 60, "x" %}${body}{% endcache %}`,
    })
    addAsynchronousParts(env)

    await expect(fragments.render('page')).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringContaining('synchronous'),
    })
  })

  it('are refused in an include of a cached body, and nothing is stored', async () => {
    const { env, fragments } = openTemplates(caches, {
      page: '{% cache 60, "x" %}{% include "part" %}{% endcache %}',
      part: '{{ 1 | slow }}',
    })
    addAsynchronousParts(env)

    await expect(fragments.render('page')).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringContaining('did not come to its end at once'),
    })
    expect(await caches.default.get(fragmentKey('x'))).toBeUndefined()
  })

  it('outside leave the page right, the tags after them uncached, and an error on the channel', async () => {
    const { env, fragments, ran } = openTemplates(caches, {
      page: '{% cache 60, "a" %}{{ run("a") }}{% endcache %}{{ 1 | slow }}{% cache 60, "b" %}{{ run("b") }}{% endcache %}',
    })
    addAsynchronousParts(env)
    const errors: ErrorMessage[] = []
    const note = (message: unknown) => errors.push(message as ErrorMessage)
    subscribe('reprise:error', note)

    expect(await fragments.render('page')).toBe('aslow 1b')
    expect(await fragments.render('page')).toBe('aslow 1b')

    unsubscribe('reprise:error', note)
    expect(ran.filter((body) => body === 'a')).toEqual(['a'])
    expect(ran.filter((body) => body === 'b').length).toBeGreaterThan(1)
    expect(errors[0]).toMatchObject({ operation: 'fragment', error: { code: 'ERR_TEMPLATE' } })
  })
})

describe('a plain env.render', () => {
  it('renders the bodies and caches nothing', async () => {
    const { env, ran } = openTemplates(caches, {
      page: '{% cache 60, "x" %}<b>{{ run(1) }}</b>{% endcache %}',
    })

    expect(env.render('page')).toBe('<b>1</b>')
    expect(env.render('page')).toBe('<b>1</b>')

    expect(ran).toEqual([1, 1])
    expect(await caches.default.get(fragmentKey('x'))).toBeUndefined()
  })
})

/** `x | slow` and `{% slowly %}`, which come to their ends two turns of the event loop later. */
function addAsynchronousParts(env: nunjucks.Environment): void {
  const slowly = async (done: (error: null, text: string) => void, text: string) => {
    await setImmediate()
    await setImmediate()
    done(null, text)
  }
  env.addFilter('slow', (x, done) => void slowly(done, `slow ${x}`), true)
  env.addExtension('slowly', {
    tags: ['slowly'],
    parse(parser, nodes) {
      const { value } = parser.nextToken()
      const args = parser.parseSignature(null, true)
      parser.advanceAfterBlockEnd(value)
      return new nodes.CallExtensionAsync('slowly', 'run', args)
    },
    run: (_context: unknown, done: (error: null, text: string) => void) =>
      void slowly(done, 'slow'),
  } as nunjucks.Extension)
}
