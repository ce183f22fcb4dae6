// An engine of bench/fragments: `open` makes its two templates over `source`.
//
// `page`: for each of `items` a cached fragment "item", kept for an hour and told apart by `item.id`,
// with a list of `item.lines`, escaped. `rows`: for each of `items` a cached fragment "row" with
// four cells. `plain` renders the same without the cache.
import nunjucks from 'nunjucks'
import { cacheFragments } from 'reprise/nunjucks'

const PAGE = {
  page: (inner) => `<main>{% for item in items %}${inner}{% endfor %}</main>`,
  item: '<ul>{% for line in item.lines %}<li>{{ line }}</li>{% endfor %}</ul>',
}
const ROWS = {
  page: (inner) => `<table>{% for item in items %}${inner}{% endfor %}</table>`,
  item: '<tr><td>{{ item.id }}</td><td>{{ item.name }}</td><td>{{ item.city }}</td><td>{{ item.price }}</td></tr>',
}

export const name = 'nunjucks'

export function open(source) {
  return { page: opened(source, PAGE, 'item'), rows: opened(source, ROWS, 'row') }
}

function opened(source, { page, item }, fragment) {
  const templates = {
    plain: page(item),
    cached: page(`{% cache 3600, "${fragment}", item.id %}${item}{% endcache %}`),
  }
  const env = new nunjucks.Environment({
    getSource: (name) => ({ src: templates[name], path: name, noCache: false }),
  })
  const fragments = cacheFragments(env, source)
  return {
    plain: (context) => env.render('plain', context),
    cached: (context) => fragments.render('cached', context),
  }
}
