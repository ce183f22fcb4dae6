import { describe, expect, it } from 'vitest'
import type { PageRequest } from '../../../src/http/message.ts'
import { chooseRanges, rangeAnswer } from '../../../src/http/range.ts'

const NOW = Date.UTC(2026, 0, 1)
const BODY = Buffer.from('0123456789')
const HEADERS = [
  'Content-Type',
  'text/plain',
  'ETag',
  '"ten"',
  'Last-Modified',
  'Thu, 01 Jan 2026 00:00:00 GMT',
  'Date',
  'Thu, 01 Jan 2026 00:01:00 GMT',
]

function request(headers: Record<string, string>, method = 'GET'): PageRequest {
  const seen: PageRequest = {
    method,
    scheme: 'http',
    host: 'localhost',
    target: '/',
    header: (name) => headers[name],
    snapshot: () => seen,
  }
  return seen
}

function ask(headers: Record<string, string>, method?: string, fields = HEADERS) {
  return rangeAnswer(request(headers, method), fields, BODY, NOW)
}

function field(headers: readonly string[], name: string): string | undefined {
  const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name)
  return at === -1 ? undefined : headers[at + 1]
}

describe('chooseRanges', () => {
  it('reads first-last, first- and -suffix', () => {
    expect(chooseRanges('bytes=0-0', 10)).toEqual([{ first: 0, last: 0 }])
    expect(chooseRanges('bytes=4-', 10)).toEqual([{ first: 4, last: 9 }])
    expect(chooseRanges('bytes=-3', 10)).toEqual([{ first: 7, last: 9 }])
    expect(chooseRanges('Bytes=2-5', 10)).toEqual([{ first: 2, last: 5 }])
  })

  it('cuts a part at the end of the page', () => {
    expect(chooseRanges('bytes=8-100', 10)).toEqual([{ first: 8, last: 9 }])
    expect(chooseRanges('bytes=-100', 10)).toEqual([{ first: 0, last: 9 }])
  })

  it('takes what is no valid set of byte ranges for the whole page', () => {
    for (const text of [
      'bytes=',
      'bytes=-',
      'bytes=5-4',
      'bytes=a-b',
      'items=0-1',
      '0-1',
      'bytes=1-2,x',
    ]) {
      expect([text, chooseRanges(text, 10)]).toEqual([text, 'whole'])
    }
  })

  it('takes more than ten parts for the whole page', () => {
    const parts = Array.from({ length: 11 }, (_, i) => `${i * 5}-${i * 5 + 1}`)
    expect(chooseRanges(`bytes=${parts.join(',')}`, 100)).toBe('whole')
    expect(chooseRanges(`bytes=${parts.slice(1).join(',')}`, 100)).toHaveLength(10)
  })

  it('tells that no part can be given', () => {
    expect(chooseRanges('bytes=10-', 10)).toBe('unsatisfiable')
    expect(chooseRanges('bytes=-0', 10)).toBe('unsatisfiable')
    expect(chooseRanges('bytes=0-0', 0)).toBe('unsatisfiable')
    expect(chooseRanges('bytes=10-,0-1', 10)).toEqual([{ first: 0, last: 1 }])
  })

  it('joins parts that overlap or touch', () => {
    expect(chooseRanges('bytes=0-3,2-5', 10)).toEqual([{ first: 0, last: 5 }])
    expect(chooseRanges('bytes=0-1,2-3', 10)).toEqual([{ first: 0, last: 3 }])
    expect(chooseRanges('bytes=0-1,6-7,1-6', 10)).toEqual([{ first: 0, last: 7 }])
    expect(chooseRanges('bytes=8-9,0-1', 10)).toEqual([
      { first: 8, last: 9 },
      { first: 0, last: 1 },
    ])
  })
})

describe('rangeAnswer', () => {
  it('answers one part with 206, its length and its place', () => {
    const answer = ask({ range: 'bytes=2-4' })
    expect([answer?.status, String(answer?.body)]).toEqual([206, '234'])
    expect(field(answer?.headers ?? [], 'content-range')).toBe('bytes 2-4/10')
    expect(field(answer?.headers ?? [], 'content-length')).toBe('3')
    expect(field(answer?.headers ?? [], 'etag')).toBe('"ten"')
  })

  it('answers several parts as multipart/byteranges', () => {
    const answer = ask({ range: 'bytes=0-1,8-9' })
    const type = field(answer?.headers ?? [], 'content-type') ?? ''
    const [, boundary] = /^multipart\/byteranges; boundary=([\w-]{24})$/.exec(type) ?? []
    expect(String(answer?.body)).toBe(
      [
        '',
        `--${boundary}`,
        'Content-Type: text/plain',
        'Content-Range: bytes 0-1/10',
        '',
        '01',
        `--${boundary}`,
        'Content-Type: text/plain',
        'Content-Range: bytes 8-9/10',
        '',
        '89',
        `--${boundary}--`,
        '',
      ].join('\r\n'),
    )
    expect(field(answer?.headers ?? [], 'content-length')).toBe(String(answer?.body.length))
    expect(field(answer?.headers ?? [], 'content-range')).toBeUndefined()
  })

  it('answers parts beyond the end with 416 and the size', () => {
    const answer = ask({ range: 'bytes=20-' })
    expect([answer?.status, answer?.body.length]).toEqual([416, 0])
    expect(field(answer?.headers ?? [], 'content-range')).toBe('bytes */10')
    expect(field(answer?.headers ?? [], 'content-type')).toBeUndefined()
  })

  it('gives the whole page where no part is asked for, or not by a GET', () => {
    expect(ask({})).toBeUndefined()
    expect(ask({ range: 'bytes=0-1' }, 'HEAD')).toBeUndefined()
    expect(ask({ range: 'lines=0-1' })).toBeUndefined()
  })

  it('gives the whole page unless If-Range proves that it is the same one', () => {
    const range = 'bytes=0-1'
    expect(ask({ range, 'if-range': '"ten"' })?.status).toBe(206)
    expect(ask({ range, 'if-range': '"other"' })).toBeUndefined()
    expect(ask({ range, 'if-range': 'W/"ten"' })).toBeUndefined()
    expect(ask({ range, 'if-range': 'Thu, 01 Jan 2026 00:00:00 GMT' })?.status).toBe(206)
    expect(ask({ range, 'if-range': 'Thu, 01 Jan 2026 00:00:01 GMT' })).toBeUndefined()
    expect(ask({ range, 'if-range': 'nonsense' })).toBeUndefined()
    const weak = ['ETag', 'W/"ten"', ...HEADERS.slice(4)]
    expect(ask({ range, 'if-range': 'W/"ten"' }, 'GET', weak)).toBeUndefined()
    const sameSecond = [...HEADERS.slice(0, 6), 'Date', 'Thu, 01 Jan 2026 00:00:00 GMT']
    const date = { range, 'if-range': 'Thu, 01 Jan 2026 00:00:00 GMT' }
    expect(ask(date, 'GET', sameSecond)).toBeUndefined()
  })
})
