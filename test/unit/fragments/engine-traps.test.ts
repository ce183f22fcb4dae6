import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { openEdge } from '../../support/edge-fragments.ts'
import { openEta } from '../../support/eta-fragments.ts'
import { openHandlebars } from '../../support/handlebars-fragments.ts'
import { openLiquid } from '../../support/liquid-fragments.ts'
import { openPug } from '../../support/pug-fragments.ts'

let caches: Caches

beforeEach(() => {
  caches = createCaches({ default: 'memory://' })
})
afterEach(() => caches.close())

async function threeTimes(render: () => Promise<string>): Promise<string[]> {
  return [await render(), await render(), await render()]
}

describe('Handlebars', () => {
  it('knows the index of its own turn inside of each', async () => {
    const { handlebars, fragments } = openHandlebars(caches)
    const page = handlebars.compile(
      '{{#each rows}}{{#cache 60 "row" this}}{{@index}}{{/cache}}{{/each}}',
    )

    const pages = await threeTimes(() => fragments.render(page, { rows: ['a', 'b', 'c'] }))

    expect(pages).toEqual(['012', '012', '012'])
  })
})

describe('Pug', () => {
  it('knows the variable of its own turn inside of each', async () => {
    const source = "each x in rows\n  +cache(60, 'row', x)\n    | X#{x}"
    const { fragments, compile } = openPug(caches, { 'page.pug': source })
    const page = compile('page')

    const pages = await threeTimes(() => fragments.render(page, { rows: [1, 2, 3] }))

    expect(pages).toEqual(['X1X2X3', 'X1X2X3', 'X1X2X3'])
  })

  it('has in it what a mixin writes that is called there', async () => {
    const source = "mixin bold(x)\n  b= x\n+cache(60, 'a')\n  +bold(1)\ni"
    const { fragments, compile } = openPug(caches, { 'page.pug': source })
    const page = compile('page')

    const pages = await threeTimes(() => fragments.render(page))

    expect(pages).toEqual(['<b>1</b><i></i>', '<b>1</b><i></i>', '<b>1</b><i></i>'])
  })

  it('keeps a variable of its body to itself', async () => {
    const source = "+cache(60, 'a')\n  - var x = 1\n  = x\n= typeof x"
    const { fragments, compile } = openPug(caches, { 'page.pug': source })

    expect(await fragments.render(compile('page'))).toBe('1undefined')
  })
})

describe('LiquidJS', () => {
  const pages: [string, string, string][] = [
    [
      'assigns',
      '{% assign x = 1 %}{% cache 60, "a" %}{% assign x = 2 %}{{ x }}{% endcache %}{{ x }}',
      '21',
    ],
    [
      'captures',
      '{% cache 60, "a" %}{% capture x %}2{% endcapture %}{{ x }}{% endcache %}{{ x }}',
      '2',
    ],
    ['counts', '{% cache 60, "a" %}{% increment x %}{% endcache %}{% increment x %}', '00'],
    ['cycles', '{% cache 60, "a" %}{% cycle 1, 2 %}{% endcache %}{% cycle 1, 2 %}', '11'],
  ]

  it.each(pages)('does not let out what a body %s', async (_what, page, html) => {
    const { fragments } = openLiquid(caches, { page })
    const scope = {}

    expect(await threeTimes(() => fragments.render('page', scope))).toEqual([html, html, html])
    expect(scope).toEqual({})
  })

  it('caches in a plain asynchronous render, uncached parts and all', async () => {
    const page =
      '{% for r in rows %}{% cache 60, "a", r %}{{ r | slow }}{% nocache n: r %}{{ n }}{{ u }}{% endnocache %}{% endcache %}{% endfor %}'
    const { liquid } = openLiquid(caches, { page })
    let calls = 0
    liquid.registerFilter('slow', async (value: number) => {
      calls += 1
      return value * 2
    })

    expect(await liquid.renderFile('page', { rows: [1, 2], u: 'x' })).toBe('21x42x')
    expect(await liquid.renderFile('page', { rows: [1, 2], u: 'y' })).toBe('21y42y')
    expect(calls).toBe(2)
  })
})

describe('Edge', () => {
  it('caches in a plain asynchronous render, uncached parts and all', async () => {
    const page =
      '@each(r in rows)~\n@cache("a", { ttl: 60, varyOn: [r] })~\n{{ await slow(r) }}\n@nocache({ n: r })~\n{{ n }}{{ u }}\n@end~\n@end~\n@end~\n'
    const { edge } = openEdge(caches, { page })
    let calls = 0
    const slow = async (value: number) => {
      calls += 1
      return value * 2
    }

    expect(await edge.render('page', { rows: [1, 2], u: 'x', slow })).toBe('21x42x')
    expect(await edge.render('page', { rows: [1, 2], u: 'y', slow })).toBe('21y42y')
    expect(calls).toBe(2)
  })
})

describe('Eta', () => {
  it.each([
    ['<% cache("a") %>x', '`cache` has no `endcache`'],
    ['x<% endcache %>', '`endcache` ends nothing'],
  ])('refuses %s', async (page, problem) => {
    const { fragments } = openEta(caches, { page })

    await expect(fragments.render('page')).rejects.toThrow(problem)
  })
})
