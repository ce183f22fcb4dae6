// An engine of bench/fragments: see nunjucks.mjs for what it gives.
import pug from 'pug'
import { cacheFragments } from 'reprise/pug'

const PAGE = { around: 'main', item: ['ul', '  each line in item.lines', '    li= line'] }
const ROWS = {
  around: 'table',
  item: ['tr', '  td= item.id', '  td= item.name', '  td= item.city', '  td= item.price'],
}

export const name = 'pug'

export function open(source) {
  return { page: opened(source, PAGE, 'item'), rows: opened(source, ROWS, 'row') }
}

function opened(source, { around, item }, fragment) {
  const fragments = cacheFragments(pug, source)
  const page = (lines) =>
    [around, '  each item in items', ...lines.map((line) => `    ${line}`)].join('\n')
  const tag = [`+cache(3600, '${fragment}', item.id)`, ...item.map((line) => `  ${line}`)]
  const cached = pug.compile(page(tag), { plugins: [fragments.plugin] })
  return { plain: pug.compile(page(item)), cached: (locals) => fragments.render(cached, locals) }
}
