// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import Handlebars from 'handlebars'
import { cacheFragments } from 'reprise/handlebars'

const PAGE = {
  page: (inner) => `<main>{{#each items}}${inner}{{/each}}</main>`,
  item: '<ul>{{#each lines}}<li>{{this}}</li>{{/each}}</ul>',
}
const ROWS = {
  page: (inner) => `<table>{{#each items}}${inner}{{/each}}</table>`,
  item: '<tr><td>{{id}}</td><td>{{name}}</td><td>{{city}}</td><td>{{price}}</td></tr>',
}

export const name = 'handlebars'

export function open(source) {
  return { page: opened(source, PAGE, 'item'), rows: opened(source, ROWS, 'row') }
}

function opened(source, { page, item }, fragment) {
  const handlebars = Handlebars.create()
  const fragments = cacheFragments(handlebars, source)
  const plain = handlebars.compile(page(item))
  const cached = handlebars.compile(page(`{{#cache 3600 "${fragment}" id}}${item}{{/cache}}`))
  return { plain, cached: (context) => fragments.render(cached, context) }
}
