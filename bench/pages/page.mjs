import nunjucks from 'nunjucks'

export const PATH = '/cities'
export const HTML = 'text/html; charset=utf-8'
export const PAGE_BYTES = 20_480

const TEMPLATE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ title }}</title><link rel="stylesheet" href="/site.css"></head>
<body>
<nav>{% for link in links %}<a href="{{ link.href }}">{{ link.text }}</a>{% endfor %}</nav>
<h1>{{ title }}</h1>
<table>
{% for city in cities %}<tr class="{{ 'even' if loop.index is even else 'odd' }}">
<td><a href="/cities/{{ city.slug }}">{{ city.name }}</a></td><td>{{ city.country | upper }}</td>
<td>{{ city.people }}</td>{% if city.isCapital %}<td>capital</td>{% else %}<td></td>{% endif %}
</tr>
{% endfor %}</table>
<footer>{{ filler }}</footer>
</body>
</html>
`
const ENVIRONMENT = new nunjucks.Environment(null, { autoescape: true })
const COMPILED = nunjucks.compile(TEMPLATE, ENVIRONMENT)
const DATA = {
  title: 'Cities & their people',
  links: ['Countries', 'Cities', 'Rivers', 'About'].map((text) => ({
    text,
    href: `/${text.toLowerCase()}`,
  })),
  cities: Array.from({ length: 120 }, (_, i) => ({
    slug: `city-${i}`,
    name: `City of "${i}"`,
    country: `Country ${i % 12}`,
    people: 100_000 + i * 7919,
    isCapital: i % 10 === 0,
  })),
}
const FILLER = '.'.repeat(PAGE_BYTES - renderWith('').length)

/** The page, rendered anew. ASCII, so that its characters are its bytes. */
export function renderPage() {
  return renderWith(FILLER)
}

function renderWith(filler) {
  return COMPILED.render({ ...DATA, filler })
}
