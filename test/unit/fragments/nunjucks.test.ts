import nunjucks from 'nunjucks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { fragmentKey } from '../../../src/fragments/index.ts'
import { cacheFragments } from '../../../src/fragments/nunjucks.ts'
import { openTemplates } from '../../support/nunjucks.ts'

let caches: Caches

beforeEach(() => {
  caches = createCaches({ default: 'memory://' })
})
afterEach(() => caches.close())

describe('a page with cached fragments', () => {
  // Each was wrong, with some engine or some way of awaiting inside a tag.
  it.each([
    {
      place: 'at the top',
      page: 'a{% cache 60, "x" %}<b>{{ run(1) }}</b>{% endcache %}z',
      html: 'a<b>1</b>z',
    },
    {
      place: 'in a template included in a loop',
      page: '{% for row in [1, 2, 3] %}{% include "row" %}{% endfor %}',
      row: '{% cache 60, "row", row %}[{{ run(row) }}]{% endcache %}',
      html: '[1][2][3]',
    },
    {
      place: 'in a template included in an if',
      page: '{% if yes %}{% include "row" %}{% endif %}',
      row: '{% cache 60, "row" %}[{{ run(1) }}]{% endcache %}',
      html: '[1]',
    },
    {
      place: 'in a macro',
      page: '{% macro m(a) %}{% cache 60, "m", a %}<i>{{ run(a) }}</i>{% endcache %}{% endmacro %}{{ m(1) }}{{ m(2) }}',
      html: '<i>1</i><i>2</i>',
    },
    {
      place: 'in a macro of another template',
      page: '{% import "row" as row %}{{ row.m(1) }}{{ row.m(2) }}',
      row: '{% macro m(a) %}{% cache 60, "m", a %}<i>{{ run(a) }}</i>{% endcache %}{% endmacro %}',
      html: '<i>1</i><i>2</i>',
    },
    {
      place: 'around the caller of a macro',
      page: '{% macro m() %}({% cache 60, "m" %}{{ caller() }}{% endcache %}){% endmacro %}{% call m() %}in {{ run(1) }}{% endcall %}',
      html: '(in 1)',
    },
    {
      place: 'in the caller of a macro',
      page: '{% macro m() %}({{ caller() }}){% endmacro %}{% call m() %}{% cache 60, "m" %}in {{ run(1) }}{% endcache %}{% endcall %}',
      html: '(in 1)',
    },
    {
      place: 'in a set block, which nunjucks escapes',
      page: '{% set s %}{% cache 60, "s" %}<b>{{ run(1) }}</b>{% endcache %}{% endset %}{{ s }}{{ s | safe }}',
      html: '&lt;b&gt;1&lt;/b&gt;<b>1</b>',
    },
    {
      place: 'in a filter block, which nunjucks escapes',
      page: '{% filter upper %}{% cache 60, "s" %}<b>{{ run("a") }}</b>{% endcache %}{% endfilter %}',
      html: '&lt;B&gt;A&lt;/B&gt;',
    },
    {
      place: 'in a block and in its parent',
      page: '{% extends "row" %}{% block a %}{{ super() }}{% cache 60, "page" %}page {{ run(1) }}{% endcache %}{% endblock %}',
      row: '<p>{% block a %}{% cache 60, "base" %}base {{ run(2) }} {% endcache %}{% endblock %}</p>',
      html: '<p>base 2 page 1</p>',
    },
    {
      place: 'around super()',
      page: '{% extends "row" %}{% block a %}{% cache 60, "page" %}{{ run(1) }}{{ super() }}{% endcache %}{% endblock %}',
      row: '<p>{% block a %}<b>base</b>{% endblock %}</p>',
      html: '<p>1<b>base</b></p>',
    },
    {
      place: 'around a block',
      page: '{% extends "row" %}{% block a %}{{ run(1) }}{% endblock %}',
      row: '<p>{% cache 60, "page" %}{% block a %}base{% endblock %}{% endcache %}</p>',
      html: '<p>1</p>',
    },
    {
      place: 'in another',
      page: '{% cache 60, "a" %}a{{ run(1) }}{% cache 60, "b" %}b{{ run(2) }}{% cache 60, "c" %}c{{ run(3) }}{% endcache %}{% endcache %}{% endcache %}',
      html: 'a1b2c3',
    },
    {
      place: 'around an include',
      page: '{% cache 60, "a" %}{{ run(1) }}{% include "row" %}{% endcache %}',
      row: '<i>{{ run(2) }}</i>',
      html: '1<i>2</i>',
    },
    {
      place: 'between trimmed spaces',
      page: 'a  {%- cache 60, "x" -%}  {{ run("b") }}  {%- endcache -%}  c',
      html: 'abc',
    },
    {
      place: 'that is empty',
      page: '[{% cache 60, "x" %}{% if run("") %}{% endif %}{% endcache %}]',
      html: '[]',
    },
  ])('is the same cold, warm and uncached: $place', async ({ page, row = '', html }) => {
    const { env, fragments, ran } = openTemplates(caches, { page, row })

    expect(env.render('page', { yes: true })).toBe(html)
    expect(await fragments.render('page', { yes: true })).toBe(html)
    expect(ran.length).toBeGreaterThan(0)
    ran.length = 0
    expect(await fragments.render('page', { yes: true })).toBe(html)
    expect(ran).toEqual([])
  })

  it('escapes exactly as an uncached one, hostile values too', async () => {
    const { env, fragments } = openTemplates(caches, {
      page: '{% cache 60, "x", evil %}<b>{{ evil }}{{ evil | safe }}</b>{% endcache %}{{ evil }}',
    })
    const evil = '<script>"&\'</script>'
    const html =
      '<b>&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;<script>"&\'</script></b>&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;'

    expect(env.render('page', { evil })).toBe(html)
    expect(await fragments.render('page', { evil })).toBe(html)
    expect(await fragments.render('page', { evil })).toBe(html)
  })

  it('renders a fragment each time whose ttl is 0 or less', async () => {
    const { fragments, ran } = openTemplates(caches, {
      page: '{% cache 0, "x" %}{{ run(1) }}{% endcache %}{% cache -1, "y" %}{{ run(2) }}{% endcache %}',
    })

    await fragments.render('page')
    await fragments.render('page')

    expect(ran).toEqual([1, 2, 1, 2])
  })

  it('takes a vary variable that is not defined for the empty text', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "x", nobody.name %}text{% endcache %}',
    })

    await fragments.render('page')

    expect(await caches.default.get(fragmentKey('x', ['']))).toBe('text')
  })

  it('renders a fragment anew once its key is deleted', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "x" %}{{ n }}{% endcache %}',
    })

    expect(await fragments.render('page', { n: 1 })).toBe('1')
    expect(await fragments.render('page', { n: 2 })).toBe('1')
    await caches.default.delete(fragmentKey('x'))
    expect(await fragments.render('page', { n: 3 })).toBe('3')
  })

  it('keeps concurrent renders apart', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{{ n }}{% cache 60, "x", n %}[{{ n }}]{% endcache %}',
    })

    const pages = await Promise.all([1, 2, 3].map((n) => fragments.render('page', { n })))

    expect(pages).toEqual(['1[1]', '2[2]', '3[3]'])
  })

  it('renders each time where caching is off', async () => {
    await using off = createCaches({ default: 'null://' })
    const { fragments, ran } = openTemplates(off, {
      page: '{% cache 60, "x" %}{{ run(1) }}{% cache 60, "y" %}{{ run(2) }}{% endcache %}{% endcache %}',
    })

    expect(await fragments.render('page')).toBe('12')
    ran.length = 0
    expect(await fragments.render('page')).toBe('12')
    expect(ran).toContain(2)
  })

  it('renders from source, too', async () => {
    const { fragments, ran } = openTemplates(caches, {})
    const source = '{% cache 60, "x" %}{{ run(1) }}{% endcache %}'

    expect(await fragments.renderString(source)).toBe('1')
    expect(await fragments.renderString(source)).toBe('1')
    expect(ran).toEqual([1])
  })
})

describe('cacheFragments', () => {
  it('keeps fragments in one cache, where it is given one', async () => {
    const { fragments } = openTemplates(caches.default, {
      page: '{% cache 60, "x", using="default" %}text{% endcache %}',
    })

    await fragments.render('page')

    expect(await caches.default.get(fragmentKey('x'))).toBe('text')
  })

  it('refuses an environment that has the tag already', () => {
    const env = new nunjucks.Environment()
    cacheFragments(env, caches)

    expect(() => cacheFragments(env, caches)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })

  it.each([0, 1.5, Number.NaN])('refuses %s passes', (maxPasses) => {
    expect(() => cacheFragments(new nunjucks.Environment(), caches, { maxPasses })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
  })
})
