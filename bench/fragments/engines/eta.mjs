// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import { Eta } from 'eta'
import { cacheFragments } from 'reprise/eta'

const PAGE = {
  page: (inner) => `<main><% for (const item of it.items) { %>${inner}<% } %></main>`,
  item: '<ul><% for (const line of item.lines) { %><li><%= line %></li><% } %></ul>',
}
const ROWS = {
  page: (inner) => `<table><% for (const item of it.items) { %>${inner}<% } %></table>`,
  item: '<tr><td><%= item.id %></td><td><%= item.name %></td><td><%= item.city %></td><td><%= item.price %></td></tr>',
}

export const name = 'eta'

export function open(source) {
  return { page: opened(source, PAGE, 'item'), rows: opened(source, ROWS, 'row') }
}

function opened(source, { page, item }, fragment) {
  const tag = `<% cache('${fragment}', { ttl: 3600, varyOn: [item.id] }) %>${item}<% endcache %>`
  const eta = new Eta()
  const fragments = cacheFragments(eta, source)
  eta.loadTemplate('@plain', page(item))
  eta.loadTemplate('@cached', page(tag))
  return {
    plain: (data) => eta.render('@plain', data),
    cached: (data) => fragments.render('@cached', data),
  }
}
