// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import { text } from 'node:stream/consumers'
import { createElement } from 'react'
import { prerenderToNodeStream } from 'react-dom/static'
import { createCache } from 'reprise/react'

export const name = 'React'

export function open(source) {
  const Cache = createCache(source)
  return {
    page: opened(Cache, 'main', 'item', item),
    rows: opened(Cache, 'table', 'row', row),
  }
}

// The cached text stands in an element, so the plain page has that element, too.
function opened(Cache, tag, name, body) {
  const as = name === 'row' ? 'tbody' : 'div'
  const plain = (of) => createElement(as, { key: of.id }, body(of))
  const cached = (of) =>
    createElement(Cache, { key: of.id, name, ttl: 3600, varyOn: [of.id], as }, () => body(of))
  return {
    plain: ({ items }) => render(createElement(tag, null, items.map(plain))),
    cached: ({ items }) => render(createElement(tag, null, items.map(cached))),
  }
}

const render = async (node) => text((await prerenderToNodeStream(node)).prelude)
const item = ({ lines }) =>
  createElement('ul', null, ...lines.map((line) => createElement('li', null, line)))
const row = ({ id, name, city, price }) =>
  createElement(
    'tr',
    null,
    ...[id, name, city, price].map((cell) => createElement('td', null, cell)),
  )
