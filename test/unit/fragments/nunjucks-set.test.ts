import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { openTemplates } from '../../support/nunjucks.ts'

let caches: Caches

beforeEach(() => {
  caches = createCaches({ default: 'memory://' })
})
afterEach(() => caches.close())

// On a hit the body does not run: what it sets must not be seen outside on a miss either.
describe('a set inside a cached body', () => {
  it.each([
    {
      of: 'a variable of the template',
      page: '{% set x = 1 %}{% cache 60, "p" %}{% set x = 2 %}{{ x }}{% endcache %}[{{ x }}]',
      html: '2[1]',
    },
    {
      of: 'a variable of the context',
      page: '{% cache 60, "p" %}{% set given = 2 %}{{ given }}{% endcache %}[{{ given }}]',
      html: '2[7]',
    },
    {
      of: 'a new variable',
      page: '{% cache 60, "p" %}{% set x = 2 %}{{ x }}{% endcache %}[{{ x }}]',
      html: '2[]',
    },
    {
      of: 'a sum, in a loop',
      page: '{% set x = 1 %}{% cache 60, "p" %}{% for i in [5, 6] %}{% set x = x + i %}{% endfor %}{{ x }}{% endcache %}[{{ x }}]',
      html: '12[1]',
    },
    {
      of: 'the variable of a loop around it',
      page: '{% for x in [1, 2] %}{% cache 60, "p", x %}{% set x = "L" %}{{ x }}{% endcache %}[{{ x }}]{% endfor %}',
      html: 'L[1]L[2]',
    },
    {
      of: 'an argument of a macro around it',
      page: '{% macro m(x) %}{% cache 60, "p", x %}{% set x = "L" %}{{ x }}{% endcache %}[{{ x }}]{% endmacro %}{{ m(1) }}{{ m(2) }}',
      html: 'L[1]L[2]',
    },
    {
      of: 'two at once',
      page: '{% set x, y = 1 %}{% cache 60, "p" %}{% set x, y = 2 %}{{ x }}{{ y }}{% endcache %}[{{ x }}{{ y }}]',
      html: '22[11]',
    },
    {
      of: 'one inside a set block',
      page: '{% set x = 1 %}{% cache 60, "p" %}{% set y %}{% set x = 3 %}{% endset %}{{ x }}{% endcache %}[{{ x }}]',
      html: '3[1]',
    },
    {
      of: 'one that an inner fragment sets, too',
      page: '{% set x = 1 %}{% cache 60, "p" %}{% set x = 2 %}{% cache 60, "q" %}{% set x = 3 %}{{ x }}{% endcache %}{{ x }}{% endcache %}[{{ x }}]',
      html: '32[1]',
    },
    {
      of: 'a macro',
      page: '{% macro m() %}out{% endmacro %}{% cache 60, "p" %}{% macro m() %}in{% endmacro %}{{ m() }}{% endcache %}[{{ m() }}]',
      html: 'in[out]',
    },
  ])('does not leak: $of', async ({ page, html }) => {
    const { env, fragments } = openTemplates(caches, { page })

    expect(env.render('page', { given: 7 })).toBe(html)
    expect(await fragments.render('page', { given: 7 })).toBe(html)
    expect(await fragments.render('page', { given: 7 })).toBe(html)
  })
})
