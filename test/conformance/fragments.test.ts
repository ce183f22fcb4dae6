import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Caches, createCaches } from '../../src/caches.ts'
import { fragmentKey } from '../../src/fragments/index.ts'
import { fragmentContract } from '../support/fragment-contract.ts'
import { openTemplates } from '../support/nunjucks.ts'
import { nunjucksFragments } from '../support/nunjucks-fragments.ts'

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

fragmentContract(nunjucksFragments)

// What only some engines have: filters whose arguments have spaces, and names that are expressions.
describe('the cache tag of nunjucks', () => {
  let caches: Caches

  beforeEach(() => {
    caches = createCaches({ default: 'memory://' })
  })
  afterEach(() => caches.close())

  const render = (page: string, context: object = {}) =>
    openTemplates(caches, { page }).fragments.render('page', context)

  it('308: takes filters whose arguments have spaces', async () => {
    const page = '{% cache 1, "test", words | join(" and ") %}{{ text }}{% endcache %}'

    expect(await render(page, { words: ['a', 'b'], text: 'first' })).toBe('first')
    expect(await render(page, { words: ['a', 'b'], text: 'second' })).toBe('first')
    expect(await render(page, { words: ['a', 'c'], text: 'third' })).toBe('third')
  })

  // In Django the quotes of a quoted name belong to it; here they are always there, and never do.
  it('310: takes no variable for a name', async () => {
    await expect(render('{% cache 2, foo %}{% endcache %}', { foo: 'x' })).rejects.toMatchObject({
      code: 'ERR_TEMPLATE',
      message: expect.stringContaining('a name in quotes'),
    })
  })
})
