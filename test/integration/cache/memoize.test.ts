import { expect, it } from 'vitest'
import { createCaches, defineCached } from '../../../src/index.ts'
import { startMemcached } from '../../support/memcached.ts'

it('finds calls again with arguments of any form and length, from another process too', async () => {
  await using server = await startMemcached()
  const calls: unknown[][] = [
    [],
    ['with space and "quotes"', 'ключ', '\ud800'],
    ['x'.repeat(1000), 1],
    ['x'.repeat(1000), 2],
    [{ from: new Date(0), tags: ['a', 'b'], page: 1n }, null, undefined],
  ]
  const texts = calls.map((_, i) => `call ${i}`)

  const first = defineTexts(server.port)
  for (const [i, call] of calls.entries()) await first.text.set([call], `call ${i}`)
  const second = defineTexts(server.port)

  expect(await second.text.getMany(calls.map((call) => [call]))).toEqual(texts)
  expect(second.computed).toEqual([])
  await second.text.delete(calls[2] ?? [])
  expect(await first.text.get(calls[2] ?? [])).toBe('computed')
  await Promise.all([first.caches.close(), second.caches.close()])
})

it('computes what is missing once for all who ask at the same time', async () => {
  await using server = await startMemcached()
  const [one, other] = [defineTexts(server.port), defineTexts(server.port)]

  const texts = await Promise.all([one, one, other, other].map(({ text }) => text.get([1])))

  expect(texts).toEqual(['computed', 'computed', 'computed', 'computed'])
  expect([...one.computed, ...other.computed]).toEqual([[1]])
  await Promise.all([one.caches.close(), other.caches.close()])
})

/** A definition as each process of a fleet has its own. */
function defineTexts(port: number) {
  const caches = createCaches({ default: `memcached://127.0.0.1:${port}?keyPrefix=t` })
  const computed: unknown[][] = []
  const text = defineCached({
    cache: caches.default,
    key: 'text',
    compute: async (args: unknown[]) => {
      computed.push(args)
      return 'computed'
    },
  })
  return { caches, computed, text }
}
