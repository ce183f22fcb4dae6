import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSSRApp, defineAsyncComponent, h, inject, provide, useId } from 'vue'
import { renderToString, renderToWebStream } from 'vue/server-renderer'
import { type Caches, createCaches } from '../../../src/caches.ts'
import { fragmentKey } from '../../../src/fragments/index.ts'
import { createCache, type VueCache } from '../../../src/fragments/vue.ts'

describe('<Cache> of Vue', () => {
  let caches: Caches
  let Cache: VueCache
  let renders: number

  const Counted = () => {
    renders += 1
    return h('b', renders)
  }

  beforeEach(() => {
    renders = 0
    caches = createCaches({ default: 'memory://' })
    Cache = createCache(caches)
  })
  afterEach(() => caches.close())

  const appOf = (template: string, data: object = {}, components: object = {}) =>
    createSSRApp({
      template: `<main>${template}</main>`,
      components: { Cache, Counted, ...components },
      data: () => ({ ...data }),
    })
  const render = (template: string, data?: object, components?: object) =>
    renderToString(appOf(template, data, components))

  it('is written in a template, and a hit runs no expression of its slot', async () => {
    const template =
      '<Cache name="row" ttl="15m" :vary-on="[id]"><p>{{ run(text) }}</p><Counted/></Cache>'
    const ran: string[] = []
    const run = (text: string) => {
      ran.push(text)
      return text
    }

    expect(await render(template, { id: 1, text: '<a>', run })).toContain(
      '<p>&lt;a&gt;</p><b>1</b>',
    )
    expect(await render(template, { id: 1, text: '<b>', run })).toContain(
      '<p>&lt;a&gt;</p><b>1</b>',
    )
    expect(ran).toEqual(['<a>'])
    expect(await caches.default.get(fragmentKey('row', [1]))).toBe('<p>&lt;a&gt;</p><b>1</b>')
  })

  it('has its uncached parts as slots', async () => {
    const template = `<Cache name="rows" :ttl="60">
      <template #default="{ hole }"><i v-for="id in ids">{{ hole('user', { id }) }}</i></template>
      <template #user="{ id }">{{ id }} {{ user }}</template>
    </Cache>`

    expect(await render(template, { ids: [1, 2], user: 'ann' })).toContain(
      '<i>1 ann</i><i>2 ann</i>',
    )
    expect(await render(template, { ids: [7, 8], user: '<bob' })).toContain(
      '<i>1 &lt;bob</i><i>2 &lt;bob</i>',
    )
  })

  it('knows what is provided where it stands, and what the app has', async () => {
    const Themed = { setup: () => () => h('i', inject('theme', 'none')) }
    const Themes = {
      props: ['theme'],
      setup(props: { theme: string }, { slots }: { slots: { default(): never } }) {
        provide('theme', props.theme)
        return () => slots.default()
      },
    }
    const template = `
      <Themes theme="dark"><Cache name="a" :ttl="60">
        <Themed/><Global/><template #now><Themed/></template>
      </Cache></Themes>
      <Themes theme="light"><Cache name="b" :ttl="60">
        <template #default="{ hole }"><Themed/>{{ hole('now') }}</template>
        <template #now><Themed/></template>
      </Cache></Themes>`
    const page = async () => {
      const app = appOf(template, {}, { Themed, Themes })
      app.component('Global', () => h('u', 'global'))
      return (await renderToString(app)).replaceAll(/<!--.*?-->|\s/g, '')
    }

    const html = '<main><i>dark</i><u>global</u><i>light</i><i>light</i></main>'
    expect(await page()).toBe(html)
    expect(await page()).toBe(html)
  })

  it('makes ids that nothing else on the page makes', async () => {
    const Named = { setup: () => () => h('i', { id: useId() }) }

    const html = await render(
      '<Named/><Cache name="a" :ttl="60"><Named/></Cache><Cache name="b" :ttl="60"><Named/></Cache>',
      {},
      { Named },
    )

    const ids = Array.from(html.matchAll(/id="([^"]+)"/g), ([, id]) => id)
    expect(new Set(ids).size).toBe(3)
  })

  it('waits for what is asynchronous in it', async () => {
    const Late = defineAsyncComponent(async () => Counted)
    const Slow = { setup: async () => () => h(Late) }

    await render('<Cache name="x" :ttl="60"><Suspense><Slow/></Suspense></Cache>', {}, { Slow })

    expect(await caches.default.get(fragmentKey('x'))).toBe('<b>1</b>')
  })

  it('streams', async () => {
    const template = '<Cache name="x" :ttl="60"><Counted/></Cache>'
    const streamed = () => new Response(renderToWebStream(appOf(template))).text()

    expect(await streamed()).toBe('<main><b>1</b></main>')
    expect(await streamed()).toBe('<main><b>1</b></main>')
  })

  it('fails the page where the body of one fails, and no other', async () => {
    const Fails = () => {
      throw new TypeError('database is down')
    }
    const template =
      '<Cache name="a" :ttl="60"><Counted/></Cache><Cache name="b" :ttl="60"><Fails/></Cache><Cache name="c" :ttl="60"><Fails/></Cache>'
    const app = appOf(template, {}, { Fails })

    await expect(renderToString(app)).rejects.toThrow('database is down')
    expect(await caches.default.get(fragmentKey('a'))).toBe('<b>1</b>')
    expect(await caches.default.get(fragmentKey('b'))).toBeUndefined()
  })

  it.each([
    { attributes: 'name="row" ttl="soon"', problem: '`ttl`' },
    { attributes: 'name="row"', problem: '`ttl`' },
    { attributes: 'name="row" :ttl="60" using="nowhere"', problem: 'nowhere' },
    { attributes: 'name="row" :ttl="60" :vary-on="7"', problem: '`varyOn`' },
  ])('names the fragment where a prop is wrong: $attributes', async ({ attributes, problem }) => {
    await expect(render(`<Cache ${attributes}>x</Cache>`)).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringMatching(new RegExp(`^<Cache name="row">: .*${problem}`)),
    })
  })

  it('refuses one with nothing in it', async () => {
    await expect(render('<Cache name="row" :ttl="60" />')).rejects.toThrow(
      '<Cache name="row">: it has no children',
    )
  })
})
