import { type Child, createContext, type FC, jsx, Suspense, useContext } from 'hono/jsx'
import { renderToReadableStream } from 'hono/jsx/streaming'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { type FragmentBody, fragmentKey } from '../../../src/fragments/index.ts'
import { createCache, type JsxCache, type JsxCacheProps } from '../../../src/fragments/jsx.ts'

const ROW: JsxCacheProps = { name: 'row', ttl: 60 }

describe('<Cache> of Hono JSX', () => {
  let caches: Caches
  let Cache: JsxCache
  let renders: number

  const Counted: FC = () => {
    renders += 1
    return jsx('b', {}, `${renders}`)
  }

  beforeEach(() => {
    renders = 0
    caches = createCaches({ default: 'memory://' })
    Cache = createCache(caches)
  })
  afterEach(() => caches.close())

  const render = async (...children: Child[]) =>
    String(await jsx('main', {}, ...children).toString())

  it('renders no component of an element child on a hit, though its expressions have run', async () => {
    let ran = 0
    const page = () => {
      ran += 1
      return render(jsx(Cache, { ...ROW, children: jsx('p', {}, `${ran}`, jsx(Counted, {})) }))
    }

    expect(await page()).toBe('<main><p>1<b>1</b></p></main>')
    expect(await page()).toBe('<main><p>1<b>1</b></p></main>')
    expect([ran, renders]).toEqual([2, 1])
  })

  it('takes an asynchronous function, and one that returns a list', async () => {
    const one = jsx(Cache, { ...ROW, children: async () => jsx('p', {}, '<') })
    const list = jsx(Cache, { name: 'list', ttl: 60, children: () => ['<', jsx('i', {}, 'i'), 0] })

    expect(await render(one, list)).toBe('<main><p>&lt;</p>&lt;<i>i</i>0</main>')
  })

  it('knows the contexts of its place, in the body and in the uncached parts', async () => {
    const Theme = createContext('none')
    const Themed: FC = () => jsx('i', {}, useContext(Theme))
    const Late: FC = async () => jsx(Themed, {})
    const cached = (id: number) =>
      jsx(Cache, {
        ...ROW,
        varyOn: [id],
        holes: { now: () => jsx(Late, {}), later: () => useContext(Theme) },
        children: ({ hole }: FragmentBody) => [
          jsx(Late, {}),
          jsx(Themed, {}),
          hole('now'),
          hole('later'),
        ],
      })
    const page = () =>
      render(
        jsx(Theme.Provider, { value: 'dark' }, cached(2)),
        jsx(Theme.Provider, { value: 'light' }, cached(3)),
      )
    const of = (theme: string) => `${`<i>${theme}</i>`.repeat(3)}${theme}`

    expect(await page()).toBe(`<main>${of('dark')}${of('light')}</main>`)
    expect(await page()).toBe(`<main>${of('dark')}${of('light')}</main>`)
  })

  it('keeps what Suspense in it awaits, not the fallback', async () => {
    const Slow: FC = async () => {
      await new Promise(setImmediate)
      return jsx(Counted, {})
    }
    const children = () => jsx(Suspense, { fallback: 'wait', children: [jsx(Slow, {})] })

    await render(jsx(Cache, { ...ROW, children }))

    expect(await caches.default.get(fragmentKey('row'))).toBe('<b>1</b>')
  })

  it('streams after the fallback of the Suspense around it', async () => {
    const cached = jsx(Cache, { ...ROW, children: () => jsx(Counted, {}) })
    const page = () => jsx('main', {}, jsx(Suspense, { fallback: 'wait', children: [cached] }))
    const streamed = async () => new Response(renderToReadableStream(page())).text()

    for (const text of [await streamed(), await streamed()]) {
      expect(text).toMatch(/^<main>.*wait.*<\/main>.*<b>1<\/b>/s)
    }
    expect(renders).toBe(1)
  })

  it.each([
    { props: { ...ROW, ttl: 'soon' }, problem: '`ttl`' },
    { props: { ...ROW, using: 'nowhere' }, problem: 'nowhere' },
    { props: { ...ROW, colour: 'red' }, problem: 'colour' },
    { props: { ...ROW, children: undefined }, problem: 'no children' },
  ])('names the fragment where a prop is wrong: $problem', async ({ props, problem }) => {
    const given = { children: () => 'x', ...props } as unknown as JsxCacheProps

    await expect(render(jsx(Cache, given))).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringMatching(new RegExp(`^<Cache name="row">: .*${problem}`)),
    })
  })
})
