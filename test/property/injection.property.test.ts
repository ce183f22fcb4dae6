import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MemcachedClient } from '../../src/client/index.ts'
import { openClient } from '../support/client.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { ask, executedCommands } from '../support/raw.ts'
import { Recorder } from '../support/recorder.ts'
import { RequestParser, storedKey } from '../support/request-parser.ts'

// What has ended, split or started a command of some client, and lengths around every limit.
const NASTY = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  '\x7f',
  '\u2028',
  // Their low bytes are a line feed and a space: what encodes them as latin1 cuts them to that.
  '\u010a',
  '\u0120',
  'x\r\nflush_all\r\n',
  'x\nflush_all\n',
  ' 0\r\nflush_all\r\n',
  'k O1 q',
  'x'.repeat(249),
  'x'.repeat(250),
  'x'.repeat(251),
  'x'.repeat(252),
  'é'.repeat(93),
  'é'.repeat(94),
  'é'.repeat(125),
  'é'.repeat(126),
  'reprise#',
  '🦆',
]

const anyString = fc.oneof(
  fc.constantFrom(...NASTY),
  fc
    .array(fc.constantFrom(...NASTY), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 260 }),
  // Any 16-bit units, so that many are no well-formed text.
  fc
    .array(fc.nat(0xffff), { minLength: 1, maxLength: 20 })
    .map((all) => String.fromCharCode(...all)),
)

const anyValue = fc.oneof(
  fc
    .constantFrom('', '7', 'flush_all 9', '\r\nflush_all\r\n', 'ms canary 1\r\nx\r\n')
    .map((text): Uint8Array => Buffer.from(text)),
  fc.uint8Array({ maxLength: 6000 }),
)

type Run = (client: MemcachedClient, key: string, value: Uint8Array) => Promise<unknown>

/** Every method that takes a key, and the verbs that it is meant to send about it. */
const METHODS: readonly (readonly [name: string, meant: readonly string[], Run])[] = [
  ['set', ['ms'], (client, key, value) => client.set(key, value)],
  ['get', ['mg'], (client, key) => client.get(key)],
  ['gat', ['mg'], (client, key) => client.gat(key, 60)],
  ['getMany', ['mg'], (client, key) => client.getMany([key])],
  ['getManyMeta', ['mg'], (client, key) => client.getManyMeta([key], { value: true })],
  ['append', ['ms'], (client, key, value) => client.append(key, value)],
  ['prepend', ['ms'], (client, key, value) => client.prepend(key, value)],
  ['replace', ['ms'], (client, key, value) => client.replace(key, value)],
  ['add', ['ms'], (client, key, value) => client.add(key, value)],
  ['touch', ['mg'], (client, key) => client.touch(key, 60)],
  ['touchMany', ['mg'], (client, key) => client.touchMany([key], 60)],
  ['inspect', ['me'], (client, key) => client.inspect(key)],
  ['markStale', ['md'], (client, key) => client.markStale(key)],
  ['delete', ['md'], (client, key) => client.delete(key)],
  ['incr', ['ma'], (client, key) => client.incr(key, 1, { initial: 5 })],
  ['decr', ['ma'], (client, key) => client.decr(key)],
  ['setMany', ['ms'], (client, key, value) => client.setMany([[key, value]])],
  [
    'gets and cas',
    ['mg', 'ms'],
    async (client, key, value) => {
      const item = await client.gets(key)
      if (item !== undefined) await client.cas(key, value, item.cas)
    },
  ],
  ['deleteMany', ['md'], (client, key) => client.deleteMany([key])],
  ['getOrLease', ['mg'], (client, key) => client.getOrLease(key)],
  ['metaGet', ['mg'], (client, key) => client.metaGet(key, { value: true, touch: 9 })],
  ['metaSet', ['ms'], (client, key, value) => client.metaSet(key, value, { mode: 'set' })],
  ['metaDelete', ['md'], (client, key) => client.metaDelete(key)],
  ['metaArithmetic', ['ma'], (client, key) => client.metaArithmetic(key, COUNT)],
  ['a route', ['mg'], (client, key) => client.get('plain', { routeKey: key })],
]

const COUNT = { mode: 'incr', delta: 1n, initial: 1n } as const

describe('MemcachedClient', () => {
  let server: MemcachedServer
  let recorder: Recorder
  let client: MemcachedClient

  beforeAll(async () => {
    server = await startMemcached()
    recorder = await Recorder.start(server.port)
    client = openClient({ servers: recorder.name })
    await ask(server.port, 'ms canary 5\r\nalive\r\n')
  })

  afterAll(async () => {
    await client.close()
    await recorder[Symbol.asyncDispose]()
    await server.kill()
  })

  it('sends exactly the commands meant, by every method, whatever key and value hold', async () => {
    const check = async (key: string, value: Uint8Array): Promise<void> => {
      recorder.take()
      for (const [name, meant, run] of METHODS) {
        const result = await run(client, key, value).then(
          () => 'an answer',
          (error: { code: string }) => error.code,
        )

        const sent = recorder.take().filter(({ verb }) => verb !== 'mn' && verb !== 'version')
        const about = `${name} of ${JSON.stringify(key)}`
        const isKey = !/\p{Surrogate}/u.test(key)
        expect(result, about).toBe(isKey || name === 'a route' ? 'an answer' : 'ERR_KEY_INVALID')
        const verbs = sent.map(({ verb }) => verb)
        expect(verbs, about).toEqual(isKey || name === 'a route' ? meant : [])
        const keyOnServer = name === 'a route' ? 'plain' : bytesOnServer(key)
        for (const request of sent) {
          expect(storedKey(request), about).toBe(keyOnServer)
          if (request.value !== undefined) expect(request.value.equals(value), about).toBe(true)
        }
      }
    }
    await fc.assert(fc.asyncProperty(anyString, anyValue, check), {
      numRuns: 400,
      // Each alone, whatever the seed, with a value that would be run if its command were refused.
      examples: [...NASTY, 'a\ud800', '\udfff'].map((key): [string, Uint8Array] => [
        key,
        Buffer.from('flush_all 9'),
      ]),
    })

    expect(await ask(server.port, 'mg canary v\r\n')).toBe('VA 5\r\nalive\r\n')
    expect((await executedCommands(server.port)).flushes).toBe(0)
  })
})

describe('RequestParser', () => {
  it.each([
    ['a bare line feed', 'mg a\nflush_all\r\n'],
    ['a control character', 'mg a\tb\r\n'],
    ['a byte beyond ASCII', 'mg \xe9\r\n'],
    ['a key that is too long', `mg ${'x'.repeat(251)} v\r\n`],
    ['a value of another length', 'ms a 3\r\nflush_all\r\n'],
    ['a size that is none', 'ms a x\r\n'],
    ['an empty word', 'mg  a\r\n'],
  ])('refuses %s', (_, text) => {
    expect(() => new RequestParser().push(Buffer.from(text, 'latin1'))).toThrow('would misread')
  })

  it('reads commands that come in pieces', () => {
    const parser = new RequestParser()
    const wire = Buffer.from('ms YQ== 4 b T0 O1\r\n\r\nmn\r\nmn\r\n')

    const requests = Array.from(wire, (_, i) => parser.push(wire.subarray(i, i + 1))).flat()

    expect(requests.map(({ verb }) => verb)).toEqual(['ms', 'mn'])
    expect(requests.map(storedKey)).toEqual(['a', ''])
    expect(requests[0]?.value?.toString()).toBe('\r\nmn')
    expect(requests[0]?.flags).toEqual(
      new Map([
        ['b', ''],
        ['T', '0'],
        ['O', '1'],
      ]),
    )
  })
})

/** The bytes under which the server is to keep an item: the rule, written down once more. */
function bytesOnServer(key: string): string {
  const bytes = Buffer.from(key, 'utf8')
  const isReserved = key.startsWith('reprise#')
  if (!isReserved && /^[\x21-\x7e]{1,250}$/.test(key)) return key
  if (!isReserved && bytes.length <= 186) return bytes.toString('latin1')
  const start = /^[\x21-\x7e]{0,128}/.exec(key)?.[0]
  return `reprise#${start}#${createHash('sha256').update(bytes).digest('base64url')}`
}
