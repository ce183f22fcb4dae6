import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseCacheControl } from '../../src/http/cache-control.ts'
import type { PageRequest } from '../../src/http/message.ts'
import { decodeEntry, encodeEntry } from '../../src/http/page-entry.ts'
import { baseKey, requestOrigin, variantKey } from '../../src/http/page-key.ts'

const text = fc.string({ maxLength: 8 })
const parts = fc.array(fc.option(text, { nil: undefined }), { maxLength: 4 })
const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c'), text)

function request(headers: Record<string, string>, host = 'h', target = '/'): PageRequest {
  const seen: PageRequest = {
    method: 'GET',
    scheme: 'http',
    host,
    target,
    header: (name) => headers[name],
    snapshot: () => seen,
  }
  return seen
}

it('gives one key to two requests only where everything is the same that it is made from', () => {
  const vary = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'))
  const made = fc.record({ nonce: text, covers: parts, vary, headers: fields })
  const key = (from: {
    nonce: string
    covers: (string | undefined)[]
    vary: string[]
    headers: Record<string, string>
  }) => variantKey('', 'base', from.nonce, from.covers, from.vary, request(from.headers))
  const essence = ({ nonce, covers, vary: names, headers }: Parameters<typeof key>[0]) =>
    JSON.stringify([
      nonce,
      covers.map((part) => part ?? 0),
      names.map((name) => [name, headers[name] ?? 0]),
    ])

  fc.assert(
    fc.property(made, made, (one, other) => {
      expect(key(one) === key(other)).toBe(essence(one) === essence(other))
    }),
  )
})

it('gives one base key to two addresses only where they are one', () => {
  const host = fc.stringMatching(/^[a-z0-9.:-]{1,6}$/)
  const target = fc.stringMatching(/^\/[ -~]{0,6}$/)
  const address = fc.record({ host, target })
  const key = (from: { host: string; target: string }) =>
    baseKey('', requestOrigin(request({}, from.host, from.target)), from.target)

  fc.assert(
    fc.property(address, address, (one, other) => {
      const same =
        one.target === other.target &&
        one.host.replace(/:80$/, '') === other.host.replace(/:80$/, '')
      expect(key(one) === key(other)).toBe(same)
    }),
  )
})

it('sees a directive whatever stands before it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '=', ',', ' ', '\\', '1', 'x="y"'), { maxLength: 12 }),
      (before) => {
        const header = `${before.join('')}, private`
        expect(parseCacheControl(header).has('private')).toBe(true)
      },
    ),
  )
})

const bytes = fc.uint8Array({ maxLength: 32 }).map((some) => Buffer.from(some))
const filled = fc.uint8Array({ minLength: 1, maxLength: 32 }).map((some) => Buffer.from(some))

it('reads back what it writes, and nothing where a byte of its frame is another', () => {
  const page = fc.record({
    kind: fc.constant('page' as const),
    status: fc.integer({ min: 200, max: 599 }),
    headers: fc
      .array(
        fc.tuple(fc.stringMatching(/^[a-z-]{1,8}$/), fc.stringMatching(/^[\t -~\x80-\xff]{0,8}$/)),
      )
      .map((fields) => fields.flat()),
    createdAt: fc.nat(),
    age: fc.nat(),
    ttl: fc.nat(),
    vary: fc.array(text, { maxLength: 3 }),
    nonce: text,
    body: bytes,
    codings: fc.uniqueArray(
      fc.record({
        coding: fc.constantFrom('br' as const, 'zstd' as const, 'gzip' as const),
        body: filled,
      }),
      { selector: ({ coding }) => coding },
    ),
  })

  fc.assert(
    fc.property(page, fc.nat(11), fc.integer({ min: 1, max: 255 }), (entry, at, change) => {
      const frame = encodeEntry(entry)
      expect(decodeEntry(frame)).toEqual(entry)
      frame[at] = (frame[at] ?? 0) ^ change
      expect(decodeEntry(frame)).toBeUndefined()
    }),
  )
})

it('never throws at bytes that it does not know', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(decodeEntry(Buffer.concat([Buffer.from([0x52, 0x50, 0x47, 2]), bytes]))).toBe(
        undefined,
      )
    }),
  )
})
