import { beforeEach, describe, expect, it } from 'vitest'
import { Placeholders } from '../../../src/fragments/placeholders.ts'

const ONE = { hole: 'one', values: {} }
const TWO = { hole: 'two', values: { row: 2 } }

let placeholders: Placeholders

beforeEach(() => {
  placeholders = new Placeholders()
})

describe('a placeholder', () => {
  it('is 45 digits, so that escaping and upper case leave it as it is', () => {
    expect(placeholders.mark(ONE)).toMatch(/^\d{45}$/)
  })

  it('begins with a number that no other render has', () => {
    const here = placeholders.mark(ONE).slice(0, 39)
    const there = new Placeholders().mark(ONE).slice(0, 39)

    expect(placeholders.mark(TWO).slice(0, 39)).toBe(here)
    expect(there).not.toBe(here)
  })
})

describe('split', () => {
  it('leaves a text as it is where nothing was marked', () => {
    expect(placeholders.hasAny).toBe(false)
    expect(placeholders.split('12345')).toEqual(['12345'])
    expect(placeholders.split('')).toEqual([''])
  })

  it('takes a text apart where something stands for a part, in any order and more than once', () => {
    const [one, two] = [placeholders.mark(ONE), placeholders.mark(TWO)]

    expect(placeholders.hasAny).toBe(true)
    expect(placeholders.split(`a${two}b${one}c${two}`)).toEqual(['a', TWO, 'b', ONE, 'c', TWO])
  })

  it('leaves out the empty texts between parts', () => {
    const [one, two] = [placeholders.mark(ONE), placeholders.mark(TWO)]

    expect(placeholders.split(`${one}${two}`)).toEqual([ONE, TWO])
  })

  it('keeps digits that stand next to a part', () => {
    expect(placeholders.split(`000001${placeholders.mark(ONE)}000001`)).toEqual([
      '000001',
      ONE,
      '000001',
    ])
  })

  it('leaves a text without the part that was marked whole', () => {
    placeholders.mark(ONE)
    expect(placeholders.split('text')).toEqual(['text'])
    expect(placeholders.split('')).toEqual([''])
  })

  it('knows nothing of what another render has marked', () => {
    const foreign = new Placeholders().mark(ONE)
    placeholders.mark(TWO)

    expect(placeholders.split(foreign)).toEqual([foreign])
  })
})
