import { createContext, createElement, type ReactNode, Suspense, use, useId } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { fragmentKey } from '../../../src/fragments/index.ts'
import { createCache, type ReactCache, type ReactCacheProps } from '../../../src/fragments/react.ts'
import { streamed } from '../../support/react-fragments.ts'

const ROW: ReactCacheProps = { name: 'row', ttl: 60 }

describe('<Cache> of React', () => {
  let caches: Caches
  let Cache: ReactCache
  let renders: number

  function Counted() {
    renders += 1
    return createElement('b', null, renders)
  }

  beforeEach(() => {
    renders = 0
    caches = createCaches({ default: 'memory://' })
    Cache = createCache(caches)
  })
  afterEach(() => caches.close())

  const cached = (props: Partial<ReactCacheProps>) => createElement(Cache, { ...ROW, ...props })
  const render = (...children: ReactNode[]) => streamed(createElement('main', null, ...children))

  it('renders no component of an element child on a hit, though its expressions have run', async () => {
    let ran = 0
    const page = () => {
      ran += 1
      const children = createElement('p', null, ran, createElement(Counted))
      return render(cached({ children }))
    }

    expect(await page()).toBe('<main><div><p>1<b>1</b></p></div></main>')
    expect(await page()).toBe('<main><div><p>1<b>1</b></p></div></main>')
    expect([ran, renders]).toEqual([2, 1])
  })

  it('puts the text in an element, whose attributes are not cached', async () => {
    const page = (id: string) =>
      render(cached({ as: 'section', attributes: { id }, children: () => '<' }))

    expect(await page('a')).toBe('<main><section id="a">&lt;</section></main>')
    expect(await page('b')).toBe('<main><section id="b">&lt;</section></main>')
  })

  it('knows the contexts that it is told of, in the body and in the uncached parts', async () => {
    const Theme = createContext('none')
    const Size = createContext('small')
    const contexts = [Theme, Size]
    const holes = { now: () => use(Size) }
    const children: ReactCacheProps['children'] = ({ hole }) =>
      `${use(Theme)} ${use(Size)} ${hole('now')}`
    const themed = (props: Partial<ReactCacheProps>) =>
      createElement(Size, { value: 'big' }, createElement(Theme, { value: 'dark' }, cached(props)))
    const page = () =>
      render(
        themed({ name: 'told', contexts, holes, children }),
        themed({ name: 'not told', holes, children }),
      )

    const html = '<main><div>dark big big</div><div>none small small</div></main>'
    expect(await page()).toBe(html)
    expect(await page()).toBe(html)
  })

  it('makes ids that no other fragment makes', async () => {
    const children = () => createElement('i', { id: useId() })

    const html = await render(
      createElement(() => createElement('i', { id: useId() })),
      cached({ children }),
      cached({ varyOn: [2], children }),
    )

    const ids = Array.from(html.matchAll(/id="([^"]+)"/g), ([, id]) => id)
    expect(new Set(ids).size).toBe(3)
  })

  const slowly = () => {
    const known = new Promise((resolve) => setImmediate(resolve))
    return createElement(function Slow() {
      use(known)
      return createElement(Counted)
    })
  }

  it('keeps what suspends in it, not the fallback', async () => {
    const long = 'long '.repeat(10_000)
    const children = () => {
      const slow = slowly()
      return createElement(() => createElement(Suspense, { fallback: 'wait' }, slow, long))
    }

    await render(cached({ children: children() }))

    const text = await caches.default.get(fragmentKey('row'))
    expect(text).toBe(`<!--$--><b>1</b>${long}<!--/$-->`)
  })

  it('keeps nothing of which a boundary failed', async () => {
    const fail = () => {
      throw new TypeError('database is down')
    }
    const children = createElement(Suspense, { fallback: 'sorry' }, createElement(fail))

    await expect(render(cached({ children }))).rejects.toThrow('database is down')
    expect(await caches.default.get(fragmentKey('row'))).toBeUndefined()
  })

  it('streams after the fallback of the Suspense around it', async () => {
    const page = () =>
      render(
        createElement(
          Suspense,
          { fallback: 'wait' },
          cached({ children: () => createElement(Counted) }),
        ),
      )

    for (const text of [await page(), await page()]) {
      expect(text).toMatch(/^<main>.*wait.*<\/main>.*<div><b>1<\/b><\/div>/s)
    }
    expect(renders).toBe(1)
  })

  it('is refused by synchronous rendering, which could not wait', () => {
    expect(() => renderToStaticMarkup(cached({ children: () => 'x' }))).toThrow('suspended')
  })

  it.each([
    { props: { ttl: 'soon' }, problem: '`ttl`' },
    { props: { using: 'nowhere' }, problem: 'nowhere' },
    { props: { colour: 'red' }, problem: 'colour' },
    { props: { children: undefined }, problem: 'no children' },
  ])('names the fragment where a prop is wrong: $problem', async ({ props, problem }) => {
    const given = { children: () => 'x', ...props } as unknown as ReactCacheProps

    await expect(render(cached(given))).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringMatching(new RegExp(`^<Cache name="row">: .*${problem}`)),
    })
  })
})
