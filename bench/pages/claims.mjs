const MAP = 'node/map'
const BARE = 'node/bare'
const FRAMEWORKS = {
  Express: 'express',
  Fastify: 'fastify',
  Koa: 'koa',
  Hono: 'hono',
  Nest: 'nest',
}
const names = (...titles) => titles.map((title) => [title, FRAMEWORKS[title]])

/** What the project says of its pages' speed, each over the rows of one run. */
const CLAIMS = [
  over('node:http, memory', 'node/wrap-memory', 0.9, MAP),
  over('Express middleware, memory', 'express/site-memory', 0.95, 'express/first'),
  over('Express middleware, memory', 'express/site-memory', 1, 'express/apicache'),
  ...names('Express', 'Koa', 'Fastify', 'Nest').flatMap(([title, name]) => [
    over(`wrapSite of ${title}, memory`, `${name}/wrap-memory`, 0.85, MAP),
    overPeers(`wrapSite of ${title}, memory`, `${name}/wrap-memory`, 2.5),
  ]),
  ...names('Fastify', 'Koa', 'Hono').flatMap(([title, name]) => [
    over(`${title} middleware, memory`, `${name}/site-memory`, 0.95, `${name}/constant`),
    overPeers(`${title} middleware, memory`, `${name}/site-memory`, 1.2),
  ]),
  ...onMemcached('node:http', 'node/wrap-memcached'),
  ...Object.entries(FRAMEWORKS).flatMap(([title, name]) => [
    ...onMemcached(`wrapSite of ${title}`, `${name}/wrap-memcached`),
    overPeers(`wrapSite of ${title}, Memcached`, `${name}/wrap-memcached`, 1),
    overPeers(`${title} middleware, Memcached`, `${name}/site-memcached`, 1),
  ]),
]

/** The claims whose rows were measured, with the ratio that decided. */
export function judge(rows) {
  return CLAIMS.flatMap(({ text, ours, rival, limit }) => {
    const one = rows.find(({ name }) => name === ours)
    const other = rival(rows)
    if (one === undefined || other === undefined) return []
    const ratio = perCpuSecond(one) / perCpuSecond(other)
    return [{ text, ratio, limit, against: other.name, passed: ratio >= limit }]
  })
}

export function perCpuSecond({ cpuUs }) {
  return 1e6 / cpuUs
}

function onMemcached(title, name) {
  return [
    over(`${title}, Memcached`, name, 0.8, BARE),
    over(`${title}, Memcached`, name, 8, 'system/django'),
  ]
}

function over(title, ours, limit, name) {
  const rival = (rows) => rows.find((row) => row.name === name)
  return { text: `${title}: at least ${limit} × ${name}`, ours, rival, limit }
}

function overPeers(title, ours, limit) {
  const [framework] = ours.split('/')
  const rival = (rows) =>
    rows
      .filter(({ isPeer, name }) => isPeer && name.startsWith(`${framework}/`))
      .toSorted((a, b) => a.cpuUs - b.cpuUs)[0]
  return { text: `${title}: at least ${limit} × its fastest peer in memory`, ours, rival, limit }
}
