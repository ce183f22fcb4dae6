// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import Mustache from 'mustache'
import { cacheFragments } from 'reprise/mustache'

const PAGE = {
  page: (inner) => `<main>{{#items}}${inner}{{/items}}</main>`,
  item: '<ul>{{#lines}}<li>{{.}}</li>{{/lines}}</ul>',
}
const ROWS = {
  page: (inner) => `<table>{{#items}}${inner}{{/items}}</table>`,
  item: '<tr><td>{{id}}</td><td>{{name}}</td><td>{{city}}</td><td>{{price}}</td></tr>',
}

export const name = 'mustache'

export function open(source) {
  return { page: opened(source, PAGE, 'item'), rows: opened(source, ROWS, 'row') }
}

function opened(source, { page, item }, name) {
  const fragments = cacheFragments(Mustache, source)
  const fragment = fragments.cache(name, (lookup) => ({ ttl: 3600, varyOn: [lookup('id')] }))
  const cached = page(`{{#fragment}}${item}{{/fragment}}`)
  return {
    plain: (view) => Mustache.render(page(item), view),
    cached: (view) => fragments.render(cached, { ...view, fragment }),
  }
}
