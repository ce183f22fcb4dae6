// Cached fragments in Hono's JSX.
//
//   npm run build && PORT=3000 node examples/fragments/jsx.mjs
//
// Written without JSX, so that it runs as it is. As JSX:
//   <Cache name="primes" ttl="15m" varyOn={[below]} holes={{ user: () => name }}>
//     {({ hole }) => <section>…</section>}
//   </Cache>
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { jsx } from 'hono/jsx'
import { createCaches } from 'reprise'
import { createCache } from 'reprise/jsx'

const Cache = createCache(createCaches())
let renders = 0

// What is slow: the body of the fragment, and nothing else.
function primes(below, { hole }) {
  renders += 1
  const found = Array.from({ length: below }, (_, n) => n).filter(isPrime)
  return jsx('section', {}, `${found.at(-1)}, rendered ${renders} times. Hello `, hole('user'))
}

function isPrime(n) {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return n > 1
}

const app = new Hono()
app.get('/:below', (context) => {
  const below = Number(context.req.param('below'))
  const user = context.req.query('user') ?? 'nobody'
  const props = { name: 'primes', ttl: '15m', varyOn: [below], holes: { user: () => user } }
  return context.html(
    jsx(
      'main',
      {},
      jsx(Cache, props, (body) => primes(below, body)),
    ),
  )
})

const port = Number(process.env.PORT ?? 3000)
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => {
  console.log(`http://127.0.0.1:${address.port}`)
})
