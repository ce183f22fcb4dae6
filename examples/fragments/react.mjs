// Cached fragments in React, streamed.
//
//   npm run build && PORT=3000 node examples/fragments/react.mjs
//
// Written without JSX, so that it runs as it is. As JSX:
//   <Cache name="primes" ttl="15m" varyOn={[below]} as="section" holes={{ user: () => name }}>
//     {({ hole }) => <p>…</p>}
//   </Cache>
import { createServer } from 'node:http'
import { createElement, Suspense } from 'react'
import { renderToPipeableStream } from 'react-dom/server'
import { createCaches } from 'reprise'
import { createCache } from 'reprise/react'

const Cache = createCache(createCaches())
let renders = 0

// What is slow: the body of the fragment, and nothing else.
function primes(below, { hole }) {
  renders += 1
  const found = Array.from({ length: below }, (_, n) => n).filter(isPrime)
  return createElement(
    'p',
    null,
    `${found.at(-1)}, rendered ${renders} times. Hello `,
    hole('user'),
  )
}

function isPrime(n) {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return n > 1
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const below = Number(pathname.slice(1))
  const user = searchParams.get('user') ?? 'nobody'
  const props = {
    name: 'primes',
    ttl: '15m',
    varyOn: [below],
    as: 'section',
    holes: { user: () => user },
  }
  const cached = createElement(Cache, props, (body) => primes(below, body))
  // The rest of the page goes out at once; the fragment follows when it is known.
  const page = createElement('main', null, createElement(Suspense, { fallback: '…' }, cached))
  const { pipe } = renderToPipeableStream(page, {
    onShellReady() {
      response.setHeader('Content-Type', 'text/html; charset=utf-8')
      pipe(response)
    },
  })
})
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
