import { type ComponentChildren, createContext, h } from 'preact'
import { Suspense } from 'preact/compat'
import { useContext, useState } from 'preact/hooks'
import { renderToString, renderToStringAsync } from 'preact-render-to-string'
import { renderToReadableStream } from 'preact-render-to-string/stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { fragmentKey } from '../../../src/fragments/index.ts'
import {
  createCache,
  type PreactCache,
  type PreactCacheProps,
} from '../../../src/fragments/preact.ts'

const ROW: PreactCacheProps = { name: 'row', ttl: 60 }

describe('<Cache> of Preact', () => {
  let caches: Caches
  let Cache: PreactCache
  let renders: number

  function Counted() {
    renders += 1
    return h('b', null, renders)
  }

  beforeEach(() => {
    renders = 0
    caches = createCaches({ default: 'memory://' })
    Cache = createCache(caches)
  })
  afterEach(() => caches.close())

  const render = (...children: ComponentChildren[]) =>
    renderToStringAsync(h('main', null, ...children))

  it('renders no component of an element child on a hit, though its expressions have run', async () => {
    let ran = 0
    const page = () => {
      ran += 1
      return render(h(Cache, { ...ROW, children: h('p', null, ran, h(Counted, null)) }))
    }

    expect(await page()).toBe('<main><p>1<b>1</b></p></main>')
    expect(await page()).toBe('<main><p>1<b>1</b></p></main>')
    expect([ran, renders]).toEqual([2, 1])
  })

  it('may use hooks in its function, and knows the contexts of its place there', async () => {
    const Theme = createContext('none')
    const cached = (id: number) =>
      h(Cache, {
        ...ROW,
        varyOn: [id],
        holes: { now: () => useContext(Theme) },
        children: ({ hole }) => {
          const [state] = useState('a')
          return h('i', null, state, useContext(Theme), hole('now'))
        },
      })
    const page = () => render(h(Theme.Provider, { value: 'dark' }, cached(1)), cached(2))

    expect(await page()).toBe('<main><i>adarkdark</i><i>anonenone</i></main>')
    expect(await page()).toBe('<main><i>adarkdark</i><i>anonenone</i></main>')
  })

  it('keeps what suspends in it, not the fallback', async () => {
    let isKnown = false
    function Slow() {
      if (isKnown) return h(Counted, null)
      throw new Promise<void>((resolve) => {
        setImmediate(() => {
          isKnown = true
          resolve()
        })
      })
    }

    await render(
      h(Cache, { ...ROW, children: () => h(Suspense, { fallback: 'wait' }, h(Slow, null)) }),
    )

    expect(await caches.default.get(fragmentKey('row'))).toMatch(/^(<!--\$s-->)?<b>1<\/b>/)
  })

  it('streams after the fallback of the Suspense around it', async () => {
    const page = () =>
      h(
        'main',
        null,
        h(Suspense, { fallback: 'wait' }, h(Cache, { ...ROW, children: () => h(Counted, null) })),
      )
    const streamed = async () => new Response(renderToReadableStream(page())).text()

    for (const text of [await streamed(), await streamed()]) {
      expect(text).toMatch(/^<main>.*wait.*<\/main>.*<b>1<\/b>/s)
    }
    expect(renders).toBe(1)
  })

  it('is refused by synchronous rendering, which could not wait', () => {
    const page = h(Cache, { ...ROW, children: () => 'x' })

    expect(() => renderToString(page)).toThrow('renderToStringAsync')
  })

  it.each([
    { props: { ...ROW, ttl: 'soon' }, problem: '`ttl`' },
    { props: { ...ROW, using: 'nowhere' }, problem: 'nowhere' },
    { props: { ...ROW, colour: 'red' }, problem: 'colour' },
    { props: { ...ROW, children: undefined }, problem: 'no children' },
  ])('names the fragment where a prop is wrong: $problem', async ({ props, problem }) => {
    const given = { children: () => 'x', ...props } as unknown as PreactCacheProps

    await expect(render(h(Cache, given))).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringMatching(new RegExp(`^<Cache name="row">: .*${problem}`)),
    })
  })
})
