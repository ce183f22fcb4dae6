/**
 * Who sends the page how. `kind` is what is checked: a `constant` is never rendered, a `rendered` page
 * for each request, and a `hit` not again.
 */
const NODE = table('node:http', 'node', [
  row('constant', 'constant', 'constant string'),
  row('map', 'constant', 'Buffer from a Map'),
  row('rendered', 'rendered', 'rendered by Nunjucks'),
  ours('wrapped', 'memory'),
  ours('wrapped', 'memcached'),
  row('bare', 'constant', 'bare Memcached client'),
])

const EXPRESS = table('Express', 'express', [
  row('constant', 'constant', 'constant string'),
  row('first', 'constant', 'first middleware ends a Buffer'),
  ...common(),
  peer('apicache'),
  peer('route-cache'),
])

const FASTIFY = table('Fastify', 'fastify', [
  row('constant', 'constant', 'constant string'),
  ...common(),
  // Nobody keeps pages of Fastify itself.
  {
    ...peer('interceptor', '@nestjs/cache-manager (Nest on Fastify)'),
    framework: 'nest',
    variant: 'interceptor-fastify',
  },
])

const KOA = table('Koa', 'koa', [
  row('constant', 'constant', 'constant string'),
  ...common(),
  peer('koa-cash'),
])

const HONO = table('Hono', 'hono', [
  row('constant', 'constant', 'constant string'),
  ...common(),
  peer('hono-cache', 'hono/cache'),
  peer('ocache'),
])

const NEST = table('Nest', 'nest', [
  row('constant', 'constant', 'constant string'),
  ...common(),
  peer('interceptor', '@nestjs/cache-manager'),
])

const OTHERS = table('Not Node', 'system', [
  { ...row('nginx', 'constant', 'nginx, memcached_pass'), needs: 'nginx' },
  { ...row('django', 'hit', 'Django, cache_page on Memcached'), needs: 'django' },
])

/** One after another, so that those that are compared have their turns close to each other. */
export const ROWS = [NODE, EXPRESS, FASTIFY, KOA, HONO, NEST, OTHERS].flat()

function table(title, framework, rows) {
  return rows.map((each) => ({
    framework,
    ...each,
    table: title,
    name: `${framework}/${each.id}`,
  }))
}

function row(id, kind, title) {
  return { id, variant: id, kind, title }
}

function peer(id, title = id) {
  return { ...row(id, 'hit', title), isPeer: true }
}

function ours(variant, store) {
  const how = variant === 'wrapped' ? 'wrapSite' : 'middleware'
  const id = `${how === 'wrapSite' ? 'wrap' : 'site'}-${store}`
  return { ...row(id, 'hit', `reprise, ${how}, ${store}`), variant, store }
}

function common() {
  return [
    row('rendered', 'rendered', 'rendered by Nunjucks'),
    ours('middleware', 'memory'),
    ours('wrapped', 'memory'),
    ours('middleware', 'memcached'),
    ours('wrapped', 'memcached'),
  ]
}
