import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { fragmentKey } from '../../src/fragments/index.ts'
import { openTemplates } from '../support/nunjucks.ts'

// What Django's tests hold `make_template_fragment_key` to, in the scheme of 6.1.
describe('fragmentKey', () => {
  it('287: has an MD5 of nothing without vary values', () => {
    expect(fragmentKey('a.fragment')).toBe(
      'template.cache.a.fragment.d41d8cd98f00b204e9800998ecf8427e',
    )
  })

  it('288: takes one vary value', () => {
    expect(fragmentKey('foo', ['abc'])).toBe('template.cache.foo.a6360ec2c58ecc4b23fd5bd00216fccd')
  })

  it('289: takes several', () => {
    expect(fragmentKey('bar', ['abc', 'def'])).toBe(
      'template.cache.bar.250310c146db454966b64f5fc265a540',
    )
  })

  it('290: escapes nothing, whatever is in them', () => {
    expect(fragmentKey('spam', ['abc:def%'])).toBe(
      'template.cache.spam.bf6c24ef2576004284e0522c15314d8c',
    )
  })

  it('291: takes integers', () => {
    expect(fragmentKey('foo', [1, 2, 3, 4, 5])).toBe(
      'template.cache.foo.087c006c1b99e0d147f624b4921f8a13',
    )
  })

  it('292: takes any script', () => {
    expect(fragmentKey('foo', ['42º', '😀'])).toBe(
      'template.cache.foo.ab66482052ab2084b9d25bdd04bc9b10',
    )
  })

  it('293: takes very long values', () => {
    expect(fragmentKey('foo', ['x'.repeat(10_000)])).toBe(
      'template.cache.foo.abff8a6702abde497feae7f61de2ef1e',
    )
  })

  it('294: tells a:b, c from a, b:c', () => {
    expect(fragmentKey('foo', ['a:b', 'c'])).not.toBe(fragmentKey('foo', ['a', 'b:c']))
  })
})

// What Django's tests hold `{% cache %}` to.
describe('the cache tag', () => {
  let caches: Caches

  beforeEach(() => {
    caches = createCaches({ default: 'memory://' })
  })
  afterEach(() => caches.close())

  it('295: renders its content', async () => {
    expect(await render('{% cache 2, "test" %}cache03{% endcache %}')).toBe('cache03')
  })

  it('296: serves what another template stored under the same name', async () => {
    await render('{% cache 2, "test" %}cache03{% endcache %}')

    expect(await render('{% cache 2, "test" %}cache04{% endcache %}')).toBe('cache03')
  })

  it('297, 298, 299: varies on a value', async () => {
    const page = '{% cache 2, "test", foo %}{{ text }}{% endcache %}'

    expect(await render(page, { foo: 1, text: 'cache05' })).toBe('cache05')
    expect(await render(page, { foo: 2, text: 'cache06' })).toBe('cache06')
    expect(await render(page, { foo: 1, text: 'cache07' })).toBe('cache05')
  })

  it('300: takes its ttl from a variable', async () => {
    await render('{% cache time, "test" %}cache08{% endcache %}', { time: 2 })

    expect(await render('{% cache time, "test" %}again{% endcache %}', { time: 2 })).toBe('cache08')
  })

  it('301, 302: refuses to load with no argument or one', async () => {
    await expectTemplateError('{% cache %}{% endcache %}', {}, 'needs a ttl and a name')
    await expectTemplateError('{% cache 1 %}{% endcache %}', {}, 'needs a ttl and a name')
  })

  it('303: refuses to render with a ttl that is not defined', async () => {
    await expectTemplateError('{% cache foo, "bar" %}{% endcache %}', {}, '`ttl`')
  })

  it('304, 305: refuses to render with a ttl that is no number', async () => {
    await expectTemplateError('{% cache foo, "bar" %}{% endcache %}', { foo: 'fail' }, '`ttl`')
    await expectTemplateError('{% cache foo, "bar" %}{% endcache %}', { foo: [] }, '`ttl`')
  })

  it('306, 307: takes vary values with spaces, and long ones', async () => {
    const page = '{% cache 1, "foo_param", foo %}{{ text }}{% endcache %}'

    for (const foo of ['with spaces', 'long'.repeat(1000)]) {
      expect(await render(page, { foo, text: foo })).toBe(foo)
      expect(await render(page, { foo, text: 'again' })).toBe(foo)
    }
  })

  it('308: takes filters whose arguments have spaces', async () => {
    const page = '{% cache 1, "test", words | join(" and ") %}{{ text }}{% endcache %}'

    expect(await render(page, { words: ['a', 'b'], text: 'first' })).toBe('first')
    expect(await render(page, { words: ['a', 'b'], text: 'second' })).toBe('first')
    expect(await render(page, { words: ['a', 'c'], text: 'third' })).toBe('third')
  })

  it('309: keeps a fragment whose ttl is none for ever', async () => {
    await render('{% cache none, "test" %}first{% endcache %}')

    expect(await render('{% cache none, "test" %}second{% endcache %}')).toBe('first')
  })

  // In Django the quotes of a quoted name belong to it; here they are always there, and never do.
  it('310: takes the name as it is written, not the variable of that name', async () => {
    await render('{% cache 2, "regression_20130" %}foo{% endcache %}', { regression_20130: 'x' })

    expect(await caches.default.get(fragmentKey('regression_20130'))).toBe('foo')
    await expectTemplateError('{% cache 2, foo %}{% endcache %}', { foo: 'x' }, 'a name in quotes')
  })

  // In Django the preferred alias is called `template_fragments`.
  it('311: prefers the alias fragments, and using overrides it', async () => {
    await using two = createCaches({ default: 'memory://', fragments: 'memory://?keyPrefix=f' })
    const { fragments } = openTemplates(two, {
      page: '{% cache 1, "a" %}a{% endcache %}{% cache 1, "b", using="default" %}b{% endcache %}',
    })

    await fragments.render('page')

    expect(await two.fragments.get(fragmentKey('a'))).toBe('a')
    expect(await two.default.get(fragmentKey('a'))).toBeUndefined()
    expect(await two.default.get(fragmentKey('b'))).toBe('b')
    expect(await two.fragments.get(fragmentKey('b'))).toBeUndefined()
  })

  it('312: refuses an alias that does not exist', async () => {
    const page = '{% cache 1, "a", using="nowhere" %}a{% endcache %}'

    await expectTemplateError(page, {}, 'nowhere')
  })

  function render(page: string, context: object = {}): Promise<string> {
    return openTemplates(caches, { page }).fragments.render('page', context)
  }

  async function expectTemplateError(page: string, context: object, text: string): Promise<void> {
    await expect(render(page, context)).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringContaining(text),
    })
  }
})
