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

describe('an uncached part of nunjucks', () => {
  it.each([
    {
      place: 'in a filter block that writes in capitals',
      page: '{% cache 60, "x" %}{% filter upper %}a{% nocache %}{{ user }}{% endnocache %}{% endfilter %}{% endcache %}',
      html: 'Aann',
    },
    {
      place: 'in a set block, used twice',
      page: '{% cache 60, "x" %}{% set s %}{% nocache %}{{ user }}{% endnocache %}{% endset %}{{ s }}{{ s }}{% endcache %}',
      html: 'annann',
    },
    {
      place: 'in a block',
      page: '{% cache 60, "x" %}{% block a %}{% nocache %}{{ user }}{% endnocache %}{% endblock %}{% endcache %}',
      html: 'ann',
    },
    {
      place: 'in a loop around the tag',
      page: '{% for i in [1, 2] %}{% cache 60, "x", i %}{% nocache %}{{ i }}{{ user }}{% endnocache %}{% endcache %}{% endfor %}',
      html: '1ann2ann',
    },
  ])('is rendered each time: $place', async ({ page, html }) => {
    const { env, fragments } = openTemplates(caches, { page })

    expect(env.render('page', { user: 'ann' })).toBe(html)
    expect(await fragments.render('page', { user: 'ann' })).toBe(html)
    expect(await fragments.render('page', { user: 'bob' })).toBe(html.replaceAll('ann', 'bob'))
  })

  it('is refused in a template that a cached body includes', async () => {
    const { fragments } = openTemplates(caches, {
      page: '{% cache 60, "x" %}{% include "part" %}{% endcache %}',
      part: '{% nocache %}{{ user }}{% endnocache %}',
    })

    await expect(fragments.render('page')).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringContaining('"x"'),
    })
    expect(await caches.default.get(fragmentKey('x'))).toBeUndefined()
  })
})

describe('cacheEach', () => {
  it.each([
    { tag: '{% cacheEach rows, 60, "x", 1 %}', says: 'expected "as"' },
    { tag: '{% cacheEach rows as row, 60, "x" %}', says: 'what tells its items apart' },
    { tag: '{% cacheEach rows as row, 60, x, row %}', says: 'a name in quotes' },
  ])('is refused: $tag', async ({ tag, says }) => {
    const { fragments } = openTemplates(caches, { page: `${tag}{% endcacheEach %}` })

    await expect(fragments.render('page')).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringContaining(says),
    })
  })

  it('has the variables of a loop', async () => {
    const page =
      '{% cacheEach rows as row, 60, "x", row %}{{ loop.index }}{{ row }};{% endcacheEach %}'
    const { fragments } = openTemplates(caches, { page })

    expect(await fragments.render('page', { rows: ['a', 'b'] })).toBe('1a;2b;')
  })
})

describe('the digest of a template', () => {
  const page =
    '{% extends "base" %}{% block a %}{% cache 60, "x" %}{% include "./part" %}{% endcache %}{% endblock %}'
  const base = '{% block a %}{% endblock %}'

  it('renders a fragment anew where its template or what that includes was changed', async () => {
    const first = { page, base, part: 'a' }

    expect(await rendered(first)).toBe('a')
    expect(await rendered({ ...first, part: 'b' })).toBe('b')
    expect(await rendered({ ...first, base: `${base}!` })).toBe('a!')
    expect(await rendered({ ...first, page: page.replace('60', '61') })).toBe('a')
    expect(await caches.default.get(fragmentKey('x'))).toBeUndefined()
  })

  it('leaves it where another template was changed', async () => {
    await rendered({ page, base, part: '{{ n }}' }, { n: 1 })

    expect(await rendered({ page, base, part: '{{ n }}', other: 'new' }, { n: 2 })).toBe('1')
  })

  it('is left out where a tag says so', async () => {
    await rendered({ page: '{% cache 60, "x", digest=false %}a{% endcache %}' })

    expect(await caches.default.get(fragmentKey('x'))).toBe('a')
  })

  function rendered(templates: Record<string, string>, context: object = {}): Promise<string> {
    const loader = {
      isRelative: (name: string) => name.startsWith('./'),
      resolve: (_from: string, to: string) => to.replace('./', ''),
      getSource: (name: string) => {
        const src = templates[name]
        if (src === undefined) return null as unknown as nunjucks.LoaderSource
        return { src, path: name, noCache: false }
      },
    }
    const env = new nunjucks.Environment(loader)
    return cacheFragments(env, caches, { digest: true }).render('page', context)
  }
})
