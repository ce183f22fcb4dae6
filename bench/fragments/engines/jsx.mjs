// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import { jsx } from 'hono/jsx'
import { createCache } from 'reprise/jsx'

export const name = 'Hono JSX'

export function open(source) {
  const Cache = createCache(source)
  return {
    page: opened(Cache, 'main', 'item', item),
    rows: opened(Cache, 'table', 'row', row),
  }
}

function opened(Cache, tag, name, body) {
  const cached = (of) => jsx(Cache, { name, ttl: 3600, varyOn: [of.id] }, () => body(of))
  return {
    plain: ({ items }) => render(jsx(tag, {}, items.map(body))),
    cached: ({ items }) => render(jsx(tag, {}, items.map(cached))),
  }
}

const render = async (node) => String(await node.toString())
const item = ({ lines }) =>
  jsx(
    'ul',
    {},
    lines.map((line) => jsx('li', {}, line)),
  )
const row = ({ id, name, city, price }) =>
  jsx(
    'tr',
    {},
    [id, name, city, price].map((cell) => jsx('td', {}, cell)),
  )
