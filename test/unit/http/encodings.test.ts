import { randomBytes } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  hasOwnCoding,
  isCompressible,
  makeCodings,
  resolveCodings,
  variesByCoding,
} from '../../../src/http/encodings.ts'

const TEXT = ['Content-Type', 'text/plain']
const MADE = resolveCodings(['br', 'gzip'])

describe('resolveCodings', () => {
  it('puts the best first, whatever the order', () => {
    expect(resolveCodings(['gzip', 'br'])).toEqual(['br', 'gzip'])
    expect(resolveCodings(true).filter((coding) => coding !== 'zstd')).toEqual(['br', 'gzip'])
    expect(resolveCodings(false)).toEqual([])
  })

  it.each(['br', ['deflate'], [1], null])('refuses %j', (value) => {
    expect(() => resolveCodings(value as never)).toThrow('`compress` is')
  })
})

describe('isCompressible', () => {
  it.each([
    'text/html; charset=utf-8',
    ' TEXT/CSS',
    'application/json',
    'application/ld+json',
    'application/vnd.api+json;x=y',
    'image/svg+xml',
    'application/wasm',
    'font/ttf',
  ])('says yes to %s', (type) => {
    expect(isCompressible(['Content-Type', type], MADE)).toBe(true)
  })

  it.each([
    'image/png',
    'text/event-stream',
    'application/octet-stream',
    'application/zip',
    'font/woff2',
    'application/jsonish',
    '',
  ])('says no to %j', (type) => {
    expect(isCompressible(['Content-Type', type], MADE)).toBe(false)
  })

  it('says no where nobody wants it, or the handler does not', () => {
    expect(isCompressible(TEXT, [])).toBe(false)
    expect(isCompressible([], MADE)).toBe(false)
    expect(isCompressible([...TEXT, 'Content-Encoding', 'gzip'], MADE)).toBe(false)
    expect(isCompressible([...TEXT, 'Cache-Control', 'public, No-Transform'], MADE)).toBe(false)
    expect(isCompressible([...TEXT, 'Content-Length', '1023'], MADE)).toBe(false)
    expect(isCompressible([...TEXT, 'Content-Length', '1024'], MADE)).toBe(true)
  })
})

describe('variesByCoding', () => {
  it('tells of pages that come in codings, and of what may be the 304 of one', () => {
    expect(variesByCoding(200, TEXT, MADE)).toBe(true)
    expect(variesByCoding(200, TEXT, [])).toBe(false)
    expect(variesByCoding(200, ['Content-Encoding', 'br'], [])).toBe(true)
    expect(variesByCoding(304, [], MADE)).toBe(true)
    expect(variesByCoding(304, [], [])).toBe(false)
  })

  it('takes identity for no coding', () => {
    expect(hasOwnCoding(['Content-Encoding', 'Identity'])).toBe(false)
    expect(hasOwnCoding(['Content-Encoding', 'gzip'])).toBe(true)
  })
})

describe('makeCodings', () => {
  const all = { compress: MADE, maxBodyBytes: 900_000 }
  const text = Buffer.from('Lagos, Lima, Lyon. '.repeat(1000))

  it('makes what gives the same bytes back', async () => {
    const [br, gzip, ...more] = await makeCodings(TEXT, text, all)

    expect([br?.coding, gzip?.coding, more]).toEqual(['br', 'gzip', []])
    expect(brotliDecompressSync(br?.body ?? '').equals(text)).toBe(true)
    expect(gunzipSync(gzip?.body ?? '').equals(text)).toBe(true)
  })

  it('keeps none that saves less than a tenth', async () => {
    // Hexadecimal digits in Latin-1: half of each byte says nothing.
    const bytes = randomBytes(20_000)
    expect(await makeCodings(TEXT, bytes, all)).toEqual([])
    expect(await makeCodings(TEXT, Buffer.from(bytes.toString('hex')), all)).toHaveLength(2)
  })

  it('makes none of a body below 1 KB', async () => {
    expect(await makeCodings(TEXT, Buffer.alloc(1023), all)).toEqual([])
    expect(await makeCodings(TEXT, Buffer.alloc(1024), all)).toHaveLength(2)
  })

  it('keeps what has room beside the body, the best first', async () => {
    const [br, gzip] = await makeCodings(TEXT, text, all)
    const room = text.length + (br?.body.length ?? 0) + (gzip?.body.length ?? 0)
    const names = async (maxBodyBytes: number) =>
      (await makeCodings(TEXT, text, { compress: MADE, maxBodyBytes })).map(({ coding }) => coding)

    expect(await names(room)).toEqual(['br', 'gzip'])
    expect(await names(room - 1)).toEqual(['br'])
    expect(await names(text.length)).toEqual([])
  })

  it('leaves pages as they are while too much waits', async () => {
    const large = Buffer.alloc(900_000)
    const made = await Promise.all(
      Array.from({ length: 40 }, () =>
        makeCodings(TEXT, large, { compress: ['gzip'], maxBodyBytes: 2_000_000 }),
      ),
    )

    expect(made.filter((codings) => codings.length === 1)).toHaveLength(37)
    expect(await makeCodings(TEXT, text, all)).toHaveLength(2)
  })
})
