// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import { createCache } from 'reprise/vue'
import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'

export const name = 'Vue'

export function open(source) {
  const Cache = createCache(source)
  return {
    page: opened(Cache, 'main', 'item', item),
    rows: opened(Cache, 'table', 'row', row),
  }
}

function opened(Cache, tag, name, body) {
  const cached = (of) =>
    h(Cache, { name, ttl: 3600, varyOn: [of.id] }, { default: () => [body(of)] })
  const render = (nodes) => renderToString(createSSRApp({ render: () => h(tag, nodes) }))
  return {
    plain: ({ items }) => render(items.map(body)),
    cached: ({ items }) => render(items.map(cached)),
  }
}

const item = ({ lines }) =>
  h(
    'ul',
    lines.map((line) => h('li', line)),
  )
const row = ({ id, name, city, price }) =>
  h(
    'tr',
    [id, name, city, price].map((cell) => h('td', cell)),
  )
