// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import { h } from 'preact'
import { renderToStringAsync } from 'preact-render-to-string'
import { createCache } from 'reprise/preact'

export const name = 'Preact'

export function open(source) {
  const Cache = createCache(source)
  return {
    page: opened(Cache, 'main', 'item', item),
    rows: opened(Cache, 'table', 'row', row),
  }
}

function opened(Cache, tag, name, body) {
  const cached = (of) => h(Cache, { name, ttl: 3600, varyOn: [of.id] }, () => body(of))
  return {
    plain: ({ items }) => renderToStringAsync(h(tag, null, items.map(body))),
    cached: ({ items }) => renderToStringAsync(h(tag, null, items.map(cached))),
  }
}

const item = ({ lines }) =>
  h(
    'ul',
    null,
    lines.map((line) => h('li', null, line)),
  )
const row = ({ id, name, city, price }) =>
  h(
    'tr',
    null,
    [id, name, city, price].map((cell) => h('td', null, cell)),
  )
