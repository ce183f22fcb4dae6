import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import {
  cached,
  type FragmentEngine,
  lacks,
  noting,
  type Part,
  renderOf,
  variable,
} from './fragment-template.ts'
import { type MemcachedServer, startMemcached } from './memcached.ts'

const DIGITS = '0123456789'.repeat(20)

/** Everything that went wrong in some cache of texts, or might. */
const HOSTILE: Readonly<Record<string, string>> = {
  quotes: '"\'`\\"\\',
  'a script’s end': '</script><!--<script>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the delimiters of a template, in a text.
  'delimiters of templates': '{{ x }}{% endcache %}{{{y}}}{{/if}}<%= z %><% } %>#{a}!{b}${c}@!d()',
  'line ends': '\r\n\n\r\u2028\u2029\r\n',
  NUL: 'a\0b\0\0',
  'a replacement pattern': "$& $1 $` $' $$",
  'half of a surrogate pair': 'a\ud83d b\ude00',
  'any script': '42º 😀 ‮ 한국어',
  digits: DIGITS,
  'a stored form': '{"fragment":1,"parts":[{"hole":"x","values":{}}]}',
  '1 MB': `é"</script>\0${DIGITS}`.repeat(4_800),
}

/** What goes to a real server and comes back. */
export function fragmentBytesContract(engine: FragmentEngine): void {
  describe('on a real server', () => {
    let server: MemcachedServer
    let proxy: FaultProxy
    let caches: Caches

    beforeAll(async () => {
      server = await startMemcached()
      proxy = await FaultProxy.start({ target: { port: server.port } })
      caches = createCaches({ default: `memcached://127.0.0.1:${proxy.port}` })
    })
    afterAll(async () => {
      await caches.close()
      await proxy.close()
      await server[Symbol.asyncDispose]()
    })

    const names = Object.keys(HOSTILE).filter(
      (name) => name !== 'half of a surrogate pair' || !lacks(engine, 'surrogates'),
    )
    it.each(names)('comes back unchanged, on its own and inside of another: %s', async (name) => {
      const text = HOSTILE[name]
      const page = (id: string, body: Part): readonly Part[] => [
        cached('hostile', ['<', body, '>'], { vary: [variable('id')] }),
        cached(`${id}outer`, ['(', cached('inner', [body], { vary: [variable('id')] }), ')'], {
          vary: [variable('id')],
        }),
      ]
      const html = `<${text}>(${text})`
      const context = { id: name, text }

      expect(await renderOf(engine, caches, page('a', { raw: 'text' }), context)).toBe(html)
      const other = { ...context, text: 'never rendered' }
      expect(await renderOf(engine, caches, page('a', { raw: 'text' }), other)).toBe(html)
      expect(await renderOf(engine, caches, page('b', { raw: 'text' }), other)).toBe(html)
    })

    it.runIf(!lacks(engine, 'nocache')).each(['digits', 'a stored form', 'NUL'])(
      'comes back unchanged around an uncached part, and in it: %s',
      async (name) => {
        const text = HOSTILE[name]
        const hole: Part = { nocache: [{ raw: 'now' }] }
        const page = [
          cached('around', [{ raw: 'text' }, hole, { raw: 'text' }], { vary: [variable('id')] }),
        ]
        const context = { id: name, text }

        for (const now of [text, 'other']) {
          const html = await renderOf(engine, caches, page, { ...context, now })
          expect(html).toBe(`${text}${now}${text}`)
        }
      },
    )

    it('takes one multi-get for a warm page of 50', async () => {
      const row = cached('row', ['<i>', { run: 'row' }, '</i>'], { vary: [variable('row')] })
      const page: readonly Part[] = [{ each: 'rows', as: 'row', body: [row] }]
      const { render } = await engine.open(caches, { page })
      const ran: string[] = []
      const context = { rows: Array.from({ length: 50 }, (_, i) => i), run: noting(ran) }
      const cold = await render('page', context)
      ran.length = 0
      proxy.resetCounts()

      expect(await render('page', context)).toBe(cold)

      expect(ran).toEqual([])
      expect(proxy.counts.commands).toEqual(new Map([['mg', 50]]))
      expect(proxy.counts.reads).toBe(1)
    })
  })
}
