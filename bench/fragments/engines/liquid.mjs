// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import { Liquid } from 'liquidjs'
import { cacheFragments } from 'reprise/liquid'

const PAGE = {
  page: (inner) => `<main>{% for item in items %}${inner}{% endfor %}</main>`,
  item: '<ul>{% for line in item.lines %}<li>{{ line }}</li>{% endfor %}</ul>',
}
const ROWS = {
  page: (inner) => `<table>{% for item in items %}${inner}{% endfor %}</table>`,
  item: '<tr><td>{{ item.id }}</td><td>{{ item.name }}</td><td>{{ item.city }}</td><td>{{ item.price }}</td></tr>',
}

export const name = 'liquid'

export function open(source) {
  return { page: opened(source, PAGE, 'item'), rows: opened(source, ROWS, 'row') }
}

function opened(source, { page, item }, fragment) {
  const templates = {
    plain: page(item),
    cached: page(`{% cache 3600, "${fragment}", item.id %}${item}{% endcache %}`),
  }
  const liquid = new Liquid({ templates, outputEscape: 'escape', cache: true })
  const fragments = cacheFragments(liquid, source)
  return {
    plain: (scope) => liquid.renderFileSync('plain', scope),
    cached: (scope) => fragments.render('cached', scope),
  }
}
