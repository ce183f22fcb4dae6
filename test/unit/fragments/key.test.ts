import { describe, expect, it } from 'vitest'
import { fragmentKey } from '../../../src/fragments/index.ts'

// Digests of Django 6.1's own `make_template_fragment_key`.
describe('fragmentKey', () => {
  it.each([
    { varyOn: undefined, md5: 'd41d8cd98f00b204e9800998ecf8427e' },
    { varyOn: [], md5: 'd41d8cd98f00b204e9800998ecf8427e' },
    { varyOn: ['alice'], md5: '6496a001d04a089af74acbb2476031e4' },
    { varyOn: ['a', 'b'], md5: '85e2d709642419eb2d254542ec75556a' },
    { varyOn: ['a:b'], md5: 'dc16319ae166c8df116bd88f10ca9d6e' },
    { varyOn: [1, 2.5, true, null], md5: '9257814f4fa695e5371938de5628da90' },
    { varyOn: ['42º', '😀'], md5: 'ab66482052ab2084b9d25bdd04bc9b10' },
    { varyOn: [''], md5: '3b59035bd3b34e30981dc990dd93acbb' },
  ])('is the key that Django gives $varyOn', ({ varyOn, md5 }) => {
    expect(fragmentKey('name', varyOn)).toBe(`template.cache.name.${md5}`)
  })

  it('reads undefined as the empty text, as a template shows it', () => {
    expect(fragmentKey('name', [undefined])).toBe(
      'template.cache.name.3b59035bd3b34e30981dc990dd93acbb',
    )
  })

  it('tells dates apart that differ by a millisecond', () => {
    expect(fragmentKey('name', [new Date(1000)])).not.toBe(fragmentKey('name', [new Date(1001)]))
  })

  it('takes the text of an object that has one', () => {
    expect(fragmentKey('name', [new URL('http://a.test/x')])).toBe(
      fragmentKey('name', ['http://a.test/x']),
    )
    expect(fragmentKey('name', [12n])).toBe(fragmentKey('name', ['12']))
  })

  it.each([
    { kind: 'plain objects', value: { id: 7 } },
    { kind: 'objects without a prototype', value: Object.create(null) },
    { kind: 'arrays', value: [1, 2] },
    { kind: 'bytes', value: Buffer.from([0xff]) },
    { kind: 'functions', value: () => 'x' },
    { kind: 'symbols', value: Symbol('x') },
    { kind: 'invalid dates', value: new Date(Number.NaN) },
  ])('refuses $kind, which would all share one fragment', ({ value }) => {
    expect(() => fragmentKey('menu', [value])).toThrow(
      expect.objectContaining({
        code: 'ERR_KEY_INVALID',
        message: expect.stringContaining('menu'),
      }),
    )
  })

  it.each([[''], [undefined], [7]])('refuses %s for a name', (name) => {
    expect(() => fragmentKey(name as string)).toThrow(
      expect.objectContaining({ code: 'ERR_KEY_INVALID' }),
    )
  })
})
