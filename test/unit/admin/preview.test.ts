import { describe, expect, it, vi } from 'vitest'
import { foreignPreview, previewOf, redactSecrets } from '../../../src/admin/preview.ts'
import type { Found, Storable } from '../../../src/cache/backend.ts'

const ABOUT = { alias: 'default', key: ':1:k' }
const asIs = (value: unknown): unknown => value

describe('a preview', () => {
  it.each([
    ['text', 'a line', 'a line'],
    ['text', '', ''],
    ['json', { a: [1, null] }, '{\n  "a": [\n    1,\n    null\n  ]\n}'],
    ['json', null, 'null'],
    ['json', 5, '5'],
    ['inspect', -0, '-0'],
    ['inspect', 2n, '2n'],
    ['inspect', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['inspect', { a: new Set([1]) }, '{ a: Set(1) { 1 } }'],
    ['hex', Buffer.from('hi\u0007'), `00000000  68 69 07${' '.repeat(41)}hi.`],
  ])('is %s', (form, value, text) => {
    const preview = previewOf(found(value), ABOUT, asIs)

    expect(preview).toMatchObject({ form, text, truncated: false, redacted: false })
  })

  it('runs nothing of the value', () => {
    const run = vi.fn(() => 'ran')
    const value = { toJSON: run, [Symbol.for('nodejs.util.inspect.custom')]: run }

    previewOf(found(value), ABOUT, asIs)

    expect(run).not.toHaveBeenCalled()
  })

  it('is nothing where `redact` says so, or fails', () => {
    const fail = (): never => {
      throw new Error('no')
    }
    for (const redact of [() => undefined, fail]) {
      const preview = previewOf(found({ secret: 's3cret' }), ABOUT, redact)

      expect(preview).toMatchObject({ form: 'hidden', text: '', redacted: true })
    }
  })

  it('asks `redact` about bytes that are not ours, too', () => {
    const redact = vi.fn(() => 'nothing to see')

    const preview = foreignPreview(Buffer.from('x'), 1, ABOUT, redact)

    expect(redact).toHaveBeenCalledWith(Buffer.from('x'), ABOUT)
    expect(preview).toMatchObject({
      form: 'text',
      text: 'nothing to see',
      redacted: true,
      flags: 1,
    })
  })
})

describe('redactSecrets', () => {
  it('hides what is named like a secret, however deep', () => {
    const value = {
      user: { name: 'ada', Password: 'p', apiKey: 'k', sessionId: 's' },
      list: [{ access_token: 't' }],
      map: new Map([['csrf', 'c']]),
    }

    expect(redactSecrets(value)).toEqual({
      user: { name: 'ada', Password: '[redacted]', apiKey: '[redacted]', sessionId: '[redacted]' },
      list: [{ access_token: '[redacted]' }],
      map: new Map([['csrf', '[redacted]']]),
    })
    expect(value.user.Password).toBe('p')
  })

  it('gives back the same value where there is nothing to hide', () => {
    const value = { a: [{ b: 1 }], m: new Map([['k', { c: 2 }]]), s: new Set([{ d: 3 }]) }

    expect(redactSecrets(value)).toBe(value)
  })
})

function found(value: Storable): Found {
  return { value, state: 'fresh', ageMs: 1, ttlLeft: 1, staleMs: 0 }
}
