import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MemcachedClient } from '../../src/client/index.ts'
import { wireKey } from '../../src/protocol/key.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { openClient } from '../support/client.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { ask, executedCommands } from '../support/raw.ts'

const NASTY = [
  '\r\n',
  '\n',
  '\r\nflush_all\r\n',
  '\nflush_all\n',
  '\r',
  ' ',
  '\0',
  '\u010a',
  '\u0120',
  '\u2028',
  'é'.repeat(126),
  '清'.repeat(100),
  'x'.repeat(250),
  'x'.repeat(251),
  'reprise#',
  'reprise##',
  wireKey('x'.repeat(251)).token,
  'b',
  ' b',
  'a b v',
  'YQ==',
]

/** Any well-formed string, often with a part that has broken other clients. */
const anyKey = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 40 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''))
  .filter((key) => key !== '')

const anyValue = fc.oneof(
  fc
    .constantFrom('flush_all 9', '\r\nEND\r\n', 'ms canary 1\r\nx\r\n', '')
    .map((t) => Buffer.from(t)),
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
)

describe('wireKey', () => {
  it('gives a token that cannot end, split or start a command', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        expect(Buffer.from(wireKey(key).token, 'utf8').toString('latin1')).toMatch(
          /^[\x21-\x7e]{1,250}$/,
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('gives distinct keys distinct keys on the server, which keeps raw bytes', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        fc.pre(a !== b)
        expect(onServer(a)).not.toBe(onServer(b))
      }),
      { numRuns: 2000 },
    )
    // And each against every form of every other that is easy to forge.
    const forged = NASTY.flatMap((key) => [key, wireKey(key).token, onServer(key)])
    const keys = new Set(forged.filter((key) => key !== ''))
    expect(new Set(Array.from(keys, onServer)).size).toBe(keys.size)
  })
})

describe('MemcachedClient', () => {
  let server: MemcachedServer
  let proxy: FaultProxy
  let client: MemcachedClient

  beforeAll(async () => {
    server = await startMemcached()
    proxy = await FaultProxy.start({ target: { port: server.port } })
    client = openClient(`127.0.0.1:${proxy.port}`)
  })

  afterAll(async () => {
    await client.close()
    await proxy.close()
    await server.kill()
  })

  it('has the server execute the commands meant and no other, whatever key and value hold', async () => {
    await ask(server.port, 'ms canary 5\r\nalive\r\n')
    await fc.assert(
      fc.asyncProperty(anyKey, anyValue, async (key, value) => {
        const before = await executedCommands(server.port)
        proxy.resetCounts()

        await client.set(key, value)
        const item = await client.get(key)
        const counted = await client.metaArithmetic(`${key}:n`, {
          mode: 'incr',
          delta: 1n,
          initial: 7n,
        })
        const deleted = await client.delete(key)

        expect(item?.value.equals(value)).toBe(true)
        expect([counted, deleted]).toEqual([{ kind: 'value', value: 7n }, true])
        await client.delete(`${key}:n`)
        const after = await executedCommands(server.port)
        expect([
          after.gets - before.gets,
          after.sets - before.sets,
          after.deletes - before.deletes,
          after.flushes - before.flushes,
          after.items,
        ]).toEqual([1, 1, 2, 0, 1])
        const seen = Array.from(proxy.counts.commands).filter(
          ([verb]) => verb !== 'mn' && verb !== 'version',
        )
        expect(new Map(seen)).toEqual(
          new Map([
            ['ms', 1],
            ['mg', 1],
            ['ma', 1],
            ['md', 2],
          ]),
        )
      }),
      {
        numRuns: 300,
        // Each alone, whatever the seed, with a value that would be run if its command were refused.
        examples: NASTY.map((key) => [key, Buffer.from('flush_all 9')]),
      },
    )
    expect(await ask(server.port, 'mg canary v\r\n')).toBe('VA 5\r\nalive\r\n')
  })

  it.each(['', 'a\ud800', '\udfff'])('sends nothing for the key %j', async (key) => {
    proxy.resetCounts()
    const value = Buffer.from('v')

    const calls = [
      client.get(key),
      client.gets(key),
      client.getMany(['fine', key]),
      client.set(key, 'v'),
      client.delete(key),
      client.touch(key, 1),
      client.incr(key),
      client.metaGet(key, {}),
      client.metaSet(key, value, {}),
    ]

    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_KEY_INVALID' } })
    }
    await client.get('settle')
    expect(proxy.commands('mg')).toBeLessThanOrEqual(2)
    expect(proxy.commands('ms') + proxy.commands('md') + proxy.commands('ma')).toBe(0)
  })
})

/** The bytes under which the server keeps the item. */
function onServer(key: string): string {
  const { token, base64 } = wireKey(key)
  return base64 ? Buffer.from(token, 'base64').toString('latin1') : token
}
