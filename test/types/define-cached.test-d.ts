import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { type Cached, createCaches, defineCached } from '../../src/index.ts'

const { default: cache } = createCaches({ default: 'memory://' })

const Event = z.object({ id: z.number(), at: z.string().transform((text) => new Date(text)) })
interface Kept {
  id: number
  at: string
}
interface Given {
  id: number
  at: Date
}

it('takes the arguments from the key, or from the function', async () => {
  const byKey = defineCached({
    cache,
    key: (id: number, language: string) => `${id} ${language}`,
    compute: async (id, language) => ({ id, language }),
    tags: (id, language) => [id.toFixed(), language.toUpperCase()],
  })
  const byFunction = defineCached({
    cache: () => cache,
    key: 'event',
    compute: async (id: number, language: string) => ({ id, language }),
  })
  type Args = [id: number, language: string]

  expectTypeOf(byKey).toEqualTypeOf<Cached<Args, { id: number; language: string }>>()
  expectTypeOf(byFunction).toEqualTypeOf<Cached<Args, { id: number; language: string }>>()
})

it('gives what the schema puts out, and takes what it takes', async () => {
  const event = defineCached({
    cache,
    key: 'event',
    schema: Event,
    // As rows of a table are: with more than the schema asks for.
    compute: async (id: number) => ({ id, at: '2026-01-02', author: 7 }),
    computeMany: async (calls) => calls.map(([id]) => ({ id, at: '2026-01-02', author: 7 })),
  })

  expectTypeOf(event).toEqualTypeOf<Cached<[id: number], Kept, Given>>()
  expectTypeOf(await event.get(7)).toEqualTypeOf<Given>()
  expectTypeOf(await event.peek(7)).toEqualTypeOf<Given | undefined>()
  expectTypeOf(await event.fresh(7)).toEqualTypeOf<Given>()
  expectTypeOf(await event.getMany([[1], [2]])).toEqualTypeOf<Given[]>()
  await event.set([7], { id: 7, at: '2026-01-02' })
  // @ts-expect-error: what the schema puts out is not what it takes
  await event.set([7], { id: 7, at: new Date() })
  // @ts-expect-error: lists of arguments
  await event.getMany([1, 2])
  // @ts-expect-error: a number
  await event.delete('7')
})

it('holds the function to the schema', () => {
  defineCached({
    cache,
    key: 'event',
    schema: Event,
    // @ts-expect-error: `at` is a text
    compute: async (id: number) => ({ id, at: id }),
  })
})

it('adds the default', async () => {
  const event = defineCached({ cache, key: 'k', compute: async () => 1, default: null })

  expectTypeOf(await event.get()).toEqualTypeOf<number | null>()
  expectTypeOf(await event.peek()).toEqualTypeOf<number | undefined>()
})

it('gives the computation first to those who ask for it', () => {
  const event = defineCached({
    cache,
    key: 'event',
    withComputation: true,
    compute: async (computation, id: number) => {
      expectTypeOf(computation.tags).toEqualTypeOf<string[]>()
      return id
    },
    computeMany: (computation, calls) => {
      expectTypeOf(computation.of('event(7)').signal).toEqualTypeOf<AbortSignal>()
      return calls.map(([id]) => id)
    },
  })

  expectTypeOf(event).toEqualTypeOf<Cached<[id: number], number>>()
})

it('refuses a function that may give undefined', () => {
  // @ts-expect-error: undefined is how a miss is told
  defineCached({ cache, key: 'k', compute: async (id: number) => (id > 1 ? id : undefined) })
})
