// Cached fragments in Preact.
//
//   npm run build && PORT=3000 node examples/fragments/preact.mjs
//
// Written without JSX, so that it runs as it is. As JSX:
//   <Cache name="primes" ttl="15m" varyOn={[below]} holes={{ user: () => name }}>
//     {({ hole }) => <section>…</section>}
//   </Cache>
import { createServer } from 'node:http'
import { h } from 'preact'
import { renderToStringAsync } from 'preact-render-to-string'
import { createCaches } from 'reprise'
import { createCache } from 'reprise/preact'

const Cache = createCache(createCaches())
let renders = 0

// What is slow: the body of the fragment, and nothing else.
function primes(below, { hole }) {
  renders += 1
  const found = Array.from({ length: below }, (_, n) => n).filter(isPrime)
  return h('section', null, `${found.at(-1)}, rendered ${renders} times. Hello `, hole('user'))
}

function isPrime(n) {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return n > 1
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const below = Number(pathname.slice(1))
  const user = searchParams.get('user') ?? 'nobody'
  const props = { name: 'primes', ttl: '15m', varyOn: [below], holes: { user: () => user } }
  const page = h(
    'main',
    null,
    h(Cache, props, (body) => primes(below, body)),
  )
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end(await renderToStringAsync(page))
})
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
