import { describe, expect, it } from 'vitest'
import { type TemplateTree, templateDigest } from '../../../src/fragments/digest.ts'

/** Templates by name, which name others as `<name>`. */
function digestOf(name: string, sources: Readonly<Record<string, string>>): string {
  const tree: TemplateTree = {
    load: (wanted) => {
      const source = sources[wanted]
      return source === undefined ? undefined : { name: wanted, source }
    },
    references: (source) => Array.from(source.matchAll(/<(\w+)>/g), ([, found = '']) => found),
  }
  return templateDigest({ name, source: sources[name] ?? '' }, tree)
}

describe('templateDigest', () => {
  it('is 20 characters that a key may have', () => {
    expect(digestOf('page', { page: 'text' })).toMatch(/^[\w-]{20}$/)
  })

  it('is the same for the same templates', () => {
    const sources = { page: '<part>', part: 'text' }
    expect(digestOf('page', sources)).toBe(digestOf('page', { ...sources, other: 'more' }))
  })

  it.each([
    ['its own source', { page: '<part>!', part: '<deep>', deep: 'x' }],
    ['what it includes', { page: '<part>', part: '<deep>!', deep: 'x' }],
    ['what that includes', { page: '<part>', part: '<deep>', deep: 'y' }],
    ['that something is missing', { page: '<part>', part: '<deep>' }],
  ])('changes with %s', (_what, sources) => {
    const before = digestOf('page', { page: '<part>', part: '<deep>', deep: 'x' })
    expect(digestOf('page', sources)).not.toBe(before)
  })

  it('tells where one source ends and the next begins', () => {
    const one = digestOf('page', { page: '<a><b>', a: 'xy', b: 'z' })
    const other = digestOf('page', { page: '<a><b>', a: 'x', b: 'yz' })
    expect(one).not.toBe(other)
  })

  it('comes to an end where templates include each other, and themselves', () => {
    const before = digestOf('a', { a: '<a><b>', b: '<a>' })
    expect(digestOf('a', { a: '<a><b>', b: '<a>!' })).not.toBe(before)
  })

  it('asks for each by the name that is written, and from where', () => {
    const asked: string[] = []
    templateDigest(
      { name: 'page', source: '' },
      {
        load: (name, from) => {
          asked.push(`${name} from ${from.name}`)
          return name === 'part' ? { name: 'dir/part', source: 'end' } : undefined
        },
        references: (source) => (source === '' ? ['part', 'none'] : ['deep']),
      },
    )
    expect(asked).toEqual(['part from page', 'deep from dir/part', 'none from page'])
  })
})
