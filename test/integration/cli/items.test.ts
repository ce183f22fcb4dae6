import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCaches } from '../../../src/caches.ts'
import { MemcachedClient } from '../../../src/client/client.ts'
import { runCommand, type Surroundings } from '../../support/command-line.ts'
import { type MemcachedServer, startMemcached } from '../../support/memcached.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come out.
const COMMANDS_A_TERMINAL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2066]/
const EVIL = 'a\u001b[2J\u001b]52;c;ZXZpbA==\u0007\u009b31m\u202eb\r\n'

let server: MemcachedServer
let place: string
let client: MemcachedClient

beforeAll(async () => {
  server = await startMemcached()
  place = `127.0.0.1:${server.port}`
  client = new MemcachedClient(place)
})

afterAll(async () => {
  await client.close()
  await server.kill()
})

beforeEach(() => client.flushAll())

describe('reprise get', () => {
  it('decodes what the application stored, under its key and under the whole one', async () => {
    await store('rates', { eur: 1.09, list: [1, 2] })

    const whole = await reprise(['get', 'shop:1:rates'])
    const own = await reprise(['get', 'rates', '--key-prefix', 'shop'])
    const json = await reprise(['get', 'shop:1:rates', '--json'])

    expect([whole.code, whole.err, whole.out]).toEqual([0, '', '{ eur: 1.09, list: [ 1, 2 ] }\n'])
    expect(own.out).toBe(whole.out)
    expect(JSON.parse(json.out)).toEqual({
      schemaVersion: 1,
      key: 'shop:1:rates',
      found: true,
      stale: false,
      type: 'json',
      value: { eur: 1.09, list: [1, 2] },
    })
  })

  it.each([
    ['text', 'plain', 'plain\n', { type: 'text', value: 'plain' }],
    ['a number', 42, '42\n', { type: 'json', value: 42 }],
    ['null', null, 'null\n', { type: 'json', value: null }],
    [
      'a Map',
      new Map([['k', 1n]]),
      "Map(1) { 'k' => 1n }\n",
      { type: 'other', value: "Map(1) { 'k' => 1n }" },
    ],
    [
      'bytes',
      Buffer.from('PNG\u0000\u001b'),
      '00000000  50 4e 47 00 1b                                   PNG..\n5 bytes\n',
      { type: 'bytes', value: 'UE5HABs=' },
    ],
  ])('shows %s', async (_, value, text, json) => {
    await store('k', value)

    expect((await reprise(['get', 'shop:1:k'])).out).toBe(text)
    expect(JSON.parse((await reprise(['get', 'shop:1:k', '--json'])).out)).toMatchObject(json)
  })

  it('ends with 3 and a hint where there is no such key', async () => {
    await store('rates', 1)

    const { code, out, err } = await reprise(['get', 'rates'])

    expect([code, out]).toEqual([3, ''])
    expect(err).toBe(
      'There is no key rates. It was taken for a whole key, as servers list them; with --alias it is the application’s.\n'.replace(
        '’',
        "'",
      ),
    )
  })

  it('says of a stale value that it is', async () => {
    await store('k', 'old')
    expect((await reprise(['invalidate', 'shop:1:k'])).code).toBe(0)

    const { code, out, err } = await reprise(['get', 'shop:1:k'])

    expect([code, out, err]).toEqual([
      0,
      'old\n',
      'The value is stale: it waits to be computed anew.\n',
    ])
  })

  it('writes bytes as they are into a pipe and never to a terminal', async () => {
    await store('k', 'a\u001b[31m\n')

    expect((await reprise(['get', 'shop:1:k', '--raw'])).out).toBe('a\u001b[31m\n')
    const refused = await reprise(['get', 'shop:1:k', '--raw'], { isTTY: true })
    expect([refused.code, refused.out]).toEqual([2, ''])
  })
})

describe('control characters', () => {
  it('reach no terminal from a value', async () => {
    await store('k', EVIL)
    await store('o', { [EVIL]: EVIL })

    const text = await reprise(['get', 'shop:1:k'], { isTTY: true })
    const object = await reprise(['get', 'shop:1:o'], { isTTY: true })
    const json = await reprise(['get', 'shop:1:o', '--json'], { isTTY: true })

    for (const { code, out } of [text, object, json]) {
      expect(code).toBe(0)
      expect(out).not.toMatch(COMMANDS_A_TERMINAL)
      expect(out).toContain('52;c;ZXZpbA==')
    }
    expect(JSON.parse(json.out).value).toEqual({ [EVIL]: EVIL })
  })

  it.each([
    ['keys'],
    ['keys', '--json'],
    ['inspect', EVIL],
    ['inspect', EVIL, '--json'],
    ['get', EVIL, '--json'],
    ['get', `${EVIL}missing`],
    ['inspect', `${EVIL}missing`],
    ['delete', EVIL, '--yes'],
    ['delete', EVIL, '--yes', '--json'],
    ['delete', '--prefix', EVIL, '--yes', '--json'],
    ['invalidate', EVIL],
    ['invalidate', '--tag', EVIL],
    ['invalidate', '--tag', EVIL, '--json'],
    ['delete', EVIL],
    [EVIL],
    ['keys', EVIL],
    ['keys', `--${EVIL}`],
    ['keys', '--match', `(${EVIL}`],
    ['keys', '--limit', EVIL],
    ['stats', EVIL],
    ['versions', 'bump', EVIL, '--yes'],
    ['versions', 'bump', 'default', '--namespace', EVIL, '--yes'],
    ['keys', '--config', EVIL],
    ['keys', '--servers', EVIL],
    ['warm', EVIL],
    ['warm', '--list', EVIL],
  ])('reach no terminal from a key or an argument: reprise %s', async (...args) => {
    await client.set(EVIL, 'v')

    const { out, err } = await reprise(args)

    expect(out + err).not.toBe('')
    expect(out + err).not.toMatch(COMMANDS_A_TERMINAL)
  })
})

describe('reprise inspect', () => {
  it('tells what the server knows', async () => {
    await client.set('k', 'value', { ttl: 600, flags: 16 })
    await client.get('k')

    const { code, out } = await reprise(['inspect', 'k'])
    const json = JSON.parse((await reprise(['inspect', 'k', '--json'])).out)

    expect(code).toBe(0)
    expect(out).toMatch(
      new RegExp(
        `^key +k\\nserver +${place}\\nvalue +text, 5 B\\nexpires in +(10 min|9 min 5\\d s)\\n`,
      ),
    )
    expect(json).toMatchObject({ key: 'k', found: true, fetched: true, stale: false, flags: 16 })
    expect(json).toMatchObject({ valueBytes: 5, slabClass: 1, hashed: false })
    expect(json.ttl).toBeGreaterThan(590)
  })

  it.each([
    ['a compressed entry', 'x'.repeat(20_000), /^an entry of Reprise, deflated/],
    ['a type of its own', new Date(0), /^an entry of Reprise|^JSON with types/],
  ])('names the form of %s', async (_, value, form) => {
    const caches = createCaches({
      default: {
        backend: 'memcached',
        location: place,
        options: { compress: { algorithm: 'deflate' } },
      },
    })
    await caches.default.set('k', value)
    await caches.close()

    expect(JSON.parse((await reprise(['inspect', ':1:k', '--json'])).out).form).toMatch(form)
  })

  it('finds a key that is too long for the wire', async () => {
    const key = 'long '.repeat(100)
    await client.set(key, 'v')

    const { code, out } = await reprise(['inspect', key])

    expect(code).toBe(0)
    expect(out).toContain('(stored under its digest)')
  })

  it('ends with 3 where there is no such key', async () => {
    expect((await reprise(['inspect', 'nothing'])).code).toBe(3)
    const json = await reprise(['inspect', 'nothing', '--json'])
    expect([json.code, JSON.parse(json.out).found]).toEqual([3, false])
  })
})

describe('reprise delete', () => {
  it('removes one key, and asks for --yes first', async () => {
    await client.set('k', 'v')

    const unasked = await reprise(['delete', 'k'])
    expect([unasked.code, unasked.out]).toEqual([2, ''])
    expect(unasked.err).toContain('This removes the key k. Nobody can be asked here: give --yes')
    expect(await client.get('k')).toBeDefined()

    expect(await reprise(['delete', 'k', '--yes'])).toEqual({
      code: 0,
      out: 'k was removed.\n',
      err: '',
    })
    expect(await client.get('k')).toBeUndefined()
    expect((await reprise(['delete', 'k', '--yes'])).code).toBe(3)
  })

  it.each([
    ['yes\n', 0, undefined],
    ['YES\n', 0, undefined],
    ['y\n', 1, 'v'],
    ['\n', 1, 'v'],
    ['', 1, 'v'],
  ])('on a terminal takes %j for an answer: %i', async (input, code, left) => {
    await client.set('k', 'v')

    const ended = await reprise(['delete', 'k'], { isTTY: true, input })

    expect(ended.code).toBe(code)
    expect(ended.err).toContain('This removes the key k. Type yes to go on: ')
    expect((await client.get('k'))?.value.toString()).toBe(left)
  })

  it('removes what has a prefix, up to a limit', async () => {
    await client.setMany(Array.from({ length: 25 }, (_, i) => [`user:${i}`, 'v'] as const))
    await client.set('other', 'v')

    const some = await reprise(['delete', '--prefix', 'user:', '--limit', '10', '--yes', '--json'])
    const rest = await reprise(['delete', '--prefix', 'user:', '--yes'])

    expect(JSON.parse(some.out)).toEqual({
      schemaVersion: 1,
      prefix: 'user:',
      deleted: 10,
      complete: false,
    })
    expect(rest.out).toBe('15 keys were removed.\n')
    expect(await client.get('other')).toBeDefined()
  })

  it('needs a key or a prefix, and not both', async () => {
    expect((await reprise(['delete', '--yes'])).code).toBe(2)
    expect((await reprise(['delete', 'k', '--prefix', 'k', '--yes'])).code).toBe(2)
  })
})

describe('reprise invalidate', () => {
  it('invalidates what has a tag, in the alias alone', async () => {
    const caches = createCaches({
      default: { backend: 'memcached', location: place, keyPrefix: 'shop' },
      other: { backend: 'memcached', location: place, keyPrefix: 'other' },
    })
    await caches.default.set('a', 1, { tags: ['prices'] })
    await caches.default.set('b', 2, { tags: ['stock'] })
    await caches.other.set('a', 3, { tags: ['prices'] })

    const ended = await reprise(['invalidate', '--tag', 'prices', '--key-prefix', 'shop'])

    expect(ended.out).toBe('Everything of default with prices is invalid.\n')
    expect([
      await caches.default.get('a'),
      await caches.default.get('b'),
      await caches.other.get('a'),
    ]).toEqual([undefined, 2, 3])
    await caches.close()
  })
})

async function store(key: string, value: NonNullable<unknown> | null): Promise<void> {
  const caches = createCaches({
    default: { backend: 'memcached', location: place, keyPrefix: 'shop' },
  })
  await caches.default.set(key, value)
  await caches.close()
}

function reprise(args: readonly string[], surroundings: Surroundings = {}) {
  return runCommand(args, { env: { MEMCACHE_SERVERS: place }, ...surroundings })
}
