import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { type FragmentSource, fragmentKey } from '../../src/fragments/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { fragmentBytesContract } from './fragment-bytes-contract.ts'
import { fragmentDollContract } from './fragment-doll-contract.ts'
import { fragmentRenderingContract } from './fragment-rendering-contract.ts'
import {
  cached,
  type FragmentEngine,
  lacks,
  literal,
  noting,
  type Part,
  renderOf,
  variable,
} from './fragment-template.ts'

/**
 * What the cached fragments of every engine keep to. Numbers in titles are those of Django's own
 * tests of its `cache` tag.
 *
 * A new engine gives a {@link FragmentEngine}, and a test file calls this with it.
 */
export function fragmentContract(engine: FragmentEngine): void {
  describe(`cached fragments of ${engine.name}`, () => {
    djangoContract(engine)
    fragmentRenderingContract(engine)
    fragmentDollContract(engine)
    fragmentBytesContract(engine)
  })
}

function djangoContract(engine: FragmentEngine): void {
  let clock: FakeClock
  let caches: Caches

  beforeEach(() => {
    clock = new FakeClock()
    caches = createCaches({ default: 'memory://' }, { clock })
  })
  afterEach(() => caches.close())

  const render = (page: readonly Part[], context: object = {}, source: FragmentSource = caches) =>
    renderOf(engine, source, page, context)

  describe('the tag, as Django has it', () => {
    it('295: renders its content', async () => {
      expect(await render([cached('test', ['content'])])).toBe('content')
    })

    it('296: serves what another template stored under the same name', async () => {
      await render([cached('test', ['first'])])

      expect(await render([cached('test', ['second'])])).toBe('first')
    })

    it('297, 298, 299: varies on a value', async () => {
      const page = [cached('test', [{ show: 'text' }], { vary: [variable('foo')] })]

      expect(await render(page, { foo: 1, text: 'one' })).toBe('one')
      expect(await render(page, { foo: 2, text: 'two' })).toBe('two')
      expect(await render(page, { foo: 1, text: 'three' })).toBe('one')
    })

    it('300: takes its ttl from a variable', async () => {
      const page = [cached('test', [{ show: 'text' }], { ttl: variable('time') })]

      expect(await render(page, { time: 2, text: 'first' })).toBe('first')
      clock.advance(1)
      expect(await render(page, { time: 2, text: 'second' })).toBe('first')
      clock.advance(1)
      expect(await render(page, { time: 2, text: 'third' })).toBe('third')
    })

    const { refused = [], renderSource } = engine
    it.runIf(renderSource !== undefined).each(refused)(
      '301, 302: refuses too few arguments: %s',
      async (template) => {
        await expect(renderSource?.(caches, template)).rejects.toMatchObject({
          code: 'ERR_TEMPLATE',
        })
      },
    )

    it.each([
      { number: 303, time: undefined },
      { number: 304, time: 'fail' },
      { number: 305, time: [] },
    ])('$number: refuses a ttl of $time', async ({ time }) => {
      const page = ['\n', cached('bar', ['x'], { ttl: variable('time') })]

      const refusal = await render(page, { time }).catch((error: unknown) => error)

      expect(refusal).toMatchObject({ message: expect.stringContaining('`ttl`') })
      if (!lacks(engine, 'template')) {
        expect(refusal).toMatchObject({
          code: 'ERR_TEMPLATE',
          message: expect.stringContaining('page'),
        })
      }
      if (!lacks(engine, 'line')) {
        expect(refusal).toMatchObject({ message: expect.stringContaining('line 2') })
      }
    })

    it('306, 307: takes vary values with spaces, and long ones', async () => {
      const page = [cached('test', [{ show: 'text' }], { vary: [variable('foo')] })]

      for (const foo of ['with spaces', 'long'.repeat(1000)]) {
        expect(await render(page, { foo, text: foo })).toBe(foo)
        expect(await render(page, { foo, text: 'again' })).toBe(foo)
      }
    })

    it('309: keeps a fragment without end', async () => {
      const page = [cached('test', [{ show: 'text' }], { ttl: literal(null) })]
      await render(page, { text: 'first' })
      clock.advance(1e9)

      expect(await render(page, { text: 'second' })).toBe('first')
    })

    it('310: takes the name as it is written, not the variable of that name', async () => {
      await render([cached('regression_20130', ['foo'])], { regression_20130: 'x' })

      expect(await caches.default.get(fragmentKey('regression_20130'))).toBe('foo')
    })

    it('311: prefers the alias fragments, and using overrides it', async () => {
      await using two = createCaches({ default: 'memory://', fragments: 'memory://?keyPrefix=f' })

      await render([cached('a', ['a']), cached('b', ['b'], { using: 'default' })], {}, two)

      expect(await two.fragments.get(fragmentKey('a'))).toBe('a')
      expect(await two.default.get(fragmentKey('a'))).toBeUndefined()
      expect(await two.default.get(fragmentKey('b'))).toBe('b')
      expect(await two.fragments.get(fragmentKey('b'))).toBeUndefined()
    })

    it('312: refuses an alias that does not exist', async () => {
      const page = [cached('a', ['a'], { using: 'nowhere' })]

      await expect(render(page)).rejects.toThrow('nowhere')
    })

    it('takes a vary value that is not defined for the empty text', async () => {
      await render([cached('x', ['text'], { vary: [variable('nobody')] })])

      expect(await caches.default.get(fragmentKey('x', ['']))).toBe('text')
    })

    it.each([0, -1])('renders each time with a ttl of %i', async (ttl) => {
      const ran: string[] = []
      const page = [cached('x', [{ run: 'x' }], { ttl: literal(ttl) })]

      expect(await render(page, { run: noting(ran) })).toBe('x')
      expect(await render(page, { run: noting(ran) })).toBe('x')
      expect(ran).toEqual(['x', 'x'])
    })

    it('keeps an empty text', async () => {
      const page = [cached('x', [{ show: 'text' }])]

      expect(await render(page, { text: '' })).toBe('')
      expect(await render(page, { text: 'second' })).toBe('')
    })

    it('keeps versions apart', async () => {
      await render([cached('x', ['second'], { version: 2 })])
      await render([cached('x', ['first'])])

      expect(await caches.default.get(fragmentKey('x'), { version: 2 })).toBe('second')
      expect(await caches.default.get(fragmentKey('x'))).toBe('first')
    })
  })
}
