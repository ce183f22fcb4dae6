// Cached fragments in Vue.
//
//   npm run build && PORT=3000 node examples/fragments/vue.mjs
import { createServer } from 'node:http'
import { createCaches } from 'reprise'
import { createCache } from 'reprise/vue'
import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'

const Cache = createCache(createCaches())
let renders = 0

const Page = {
  components: { Cache },
  props: ['below', 'user'],
  setup: () => ({ primes }),
  template: `<main>
    <Cache name="primes" ttl="15m" :vary-on="[below]">
      <template #default="{ hole }"><section>{{ primes(below) }} Hello {{ hole('user') }}</section></template>
      <template #user>{{ user }}</template>
    </Cache>
  </main>`,
}

// What is slow: the body of the fragment, and nothing else.
function primes(below) {
  renders += 1
  const found = Array.from({ length: below }, (_, n) => n).filter(isPrime)
  return `${found.at(-1)}, rendered ${renders} times.`
}

function isPrime(n) {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return false
  return n > 1
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const user = searchParams.get('user') ?? 'nobody'
  const app = createSSRApp(Page, { below: Number(pathname.slice(1)), user })
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end(await renderToString(app))
})
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
