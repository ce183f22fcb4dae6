// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import ejs from 'ejs'
import { cacheFragments } from 'reprise/ejs'

const PAGE = {
  page: (inner) => `<main><% for (const item of items) { %>${inner}<% } %></main>`,
  item: '<ul><% for (const line of item.lines) { %><li><%= line %></li><% } %></ul>',
}
const ROWS = {
  page: (inner) => `<table><% for (const item of items) { %>${inner}<% } %></table>`,
  item: '<tr><td><%= item.id %></td><td><%= item.name %></td><td><%= item.city %></td><td><%= item.price %></td></tr>',
}

export const name = 'ejs'

export function open(source) {
  return { page: opened(source, PAGE, 'item'), rows: opened(source, ROWS, 'row') }
}

function opened(source, { page, item }, fragment) {
  const tag = `<% cache('${fragment}', { ttl: 3600, varyOn: [item.id] }) %>${item}<% endcache %>`
  const fragments = cacheFragments(ejs, source)
  const cached = fragments.compile(page(tag))
  return { plain: ejs.compile(page(item)), cached: (data) => fragments.render(cached, data) }
}
