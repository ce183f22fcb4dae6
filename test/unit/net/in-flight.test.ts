import { describe, expect, it } from 'vitest'
import { InFlight } from '../../../src/net/in-flight.ts'
import type { Answer, Pending } from '../../../src/net/pending.ts'
import type { Command } from '../../../src/protocol/command.ts'
import { ReplyDecoder } from '../../../src/protocol/decode.ts'
import { wireKey } from '../../../src/protocol/key.ts'
import { metaGet, metaSet } from '../../../src/protocol/meta.ts'

const read = (key: string): Command => metaGet(wireKey(key), { value: true, flags: true })

describe('InFlight', () => {
  it('brings each reply to its command, in order', () => {
    const { heard, receive } = sent([read('a'), metaSet(wireKey('b'), Buffer.alloc(0), { ttl: 1 })])
    receive('VA 2 f7 O1 ka\r\nhi\r\nHD O2 kb\r\n')

    expect(heard).toEqual(['1 hit hi 7', '2 HD', 'idle'])
  })

  it('reads what a reply says besides', () => {
    const { heard, receive } = sent([read('a'), read('b'), read('c')])
    receive('VA 1 t-1 c12 f7 s9 h1 l30 O1 ka W X\r\n!\r\nHD c5 O2 kb Z\r\nEN O3 kc\r\n')

    expect(heard).toEqual([
      '1 VA {"flags":7,"cas":"12","ttl":-1,"size":9,"hitBefore":true,"lastAccess":30,"won":true,"stale":true} !',
      '2 HD {"cas":"5","busy":true}',
      '3 EN',
      'idle',
    ])
  })

  it.each([
    ['the opaque of another', 'VA 1 f0 O2 ka\r\n!\r\n'],
    ['the key of another', 'VA 1 f0 O1 kb\r\n!\r\n'],
    ['a longer key', 'VA 1 f0 O1 kaa\r\n!\r\n'],
    ['no key', 'HD O1\r\n'],
    ['a status that answers no read', 'NS O1 ka\r\n'],
    ['the end of a batch that was not asked for', 'MN\r\n'],
    ['an opaque with a leading zero', 'EN O01 ka\r\n'],
    ['an opaque of ten digits', 'EN O1000000001 ka\r\n'],
    ['the key of another behind further flags', 'VA 1 c1 O1 kb\r\n!\r\n'],
    ['the opaque of another behind further flags', 'VA 1 f0 c1 O2 ka\r\n!\r\n'],
    ['a flag that nobody knows', 'VA 1 f0 y1 O1 ka\r\n!\r\n'],
    ['a hit that is neither 0 nor 1', 'VA 1 h2 O1 ka\r\n!\r\n'],
    ['a base64 key that was not sent so', 'VA 1 f0 O1 ka b\r\n!\r\n'],
  ])('refuses %s, and settles nothing', (_, wire) => {
    const { heard, receive } = sent([read('a')])

    expect(() => receive(wire)).toThrow(expect.objectContaining({ code: 'ERR_PROTOCOL' }))
    expect(heard).toEqual([])
  })

  it('refuses a reply that nobody asked for', () => {
    const { receive } = sent([])

    expect(() => receive('EN O1 ka\r\n')).toThrow('a reply that nobody asked for')
  })
})

/** Commands in flight, with the opaques 1 and up. */
function sent(commands: readonly Command[]) {
  const heard: string[] = []
  const inFlight = new InFlight(7, () => heard.push('idle'))
  for (const [i, command] of commands.entries()) {
    inFlight.queue.push(pending(command, i + 1, heard))
  }
  const decoder = new ReplyDecoder((reply) => inFlight.take(reply), 1024, inFlight)
  return { heard, receive: (wire: string) => decoder.push(Buffer.from(wire, 'latin1')) }
}

function pending(command: Command, opaque: number, heard: string[]): Pending {
  const line = Buffer.from(`mg ${'key' in command ? command.key.token : ''} v O1\r\n`)
  return {
    command,
    bytes: 0,
    span: 1,
    reads: undefined,
    timeoutMs: undefined,
    cancelled: false,
    opaque,
    deadline: 0,
    sentIn: new DataView(line.buffer, line.byteOffset, line.length),
    keyAt: 3,
    next: undefined,
    hit: (value, flags) => heard.push(`${opaque} hit ${value} ${flags}`),
    answer: (answer) => heard.push(`${opaque} ${described(answer)}`),
    fail: () => heard.push(`${opaque} failed`),
    expire: () => heard.push(`${opaque} expired`),
  }
}

function described(answer: Answer): string {
  if (answer.kind !== 'meta') return answer.kind
  const { kind: _, status, value, tag: __, key: ___, ...facts } = answer
  const told = Object.entries(facts).filter(
    ([name, fact]) => fact !== undefined && fact !== false && (name !== 'flags' || fact !== 0),
  )
  const json = JSON.stringify(Object.fromEntries(told), (___, fact) =>
    typeof fact === 'bigint' ? `${fact}` : fact,
  )
  return [status, ...(told.length > 0 ? [json] : []), ...(value ? [value] : [])].join(' ')
}
