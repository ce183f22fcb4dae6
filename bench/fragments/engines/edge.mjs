// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import { Edge } from 'edge.js'
import { cacheFragments } from 'reprise/edge'

const PAGE = {
  page: (inner) => `<main>\n@each(item in items)\n${inner}\n@end\n</main>`,
  item: '<ul>\n@each(line in item.lines)\n<li>{{ line }}</li>\n@end\n</ul>',
}
const ROWS = {
  page: (inner) => `<table>\n@each(item in items)\n${inner}\n@end\n</table>`,
  item: '<tr><td>{{ item.id }}</td><td>{{ item.name }}</td><td>{{ item.city }}</td><td>{{ item.price }}</td></tr>',
}

export const name = 'edge'

export function open(source) {
  return { page: opened(source, PAGE, 'item'), rows: opened(source, ROWS, 'row') }
}

function opened(source, { page, item }, fragment) {
  const edge = Edge.create({ cache: true })
  const fragments = cacheFragments(edge, source)
  const tag = `@cache('${fragment}', { ttl: 3600, varyOn: [item.id] })\n${item}\n@end`
  edge.registerTemplate('plain', { template: page(item) })
  edge.registerTemplate('cached', { template: page(tag) })
  // Where a tag ends, a line does.
  const trimmed = (html) => html.replace(/\s*\n\s*/g, '')
  return {
    plain: (state) => trimmed(edge.renderSync('plain', state)),
    cached: async (state) => trimmed(await fragments.render('cached', state)),
  }
}
