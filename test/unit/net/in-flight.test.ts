import { describe, expect, it } from 'vitest'
import { InFlight } from '../../../src/net/in-flight.ts'
import type { Answer, Pending } from '../../../src/net/pending.ts'
import { type Command, NOOP } from '../../../src/protocol/command.ts'
import { ReplyDecoder } from '../../../src/protocol/decode.ts'
import { wireKey } from '../../../src/protocol/key.ts'
import { metaDelete, metaGet, metaSet } from '../../../src/protocol/meta.ts'

const read = (key: string): Command => metaGet(wireKey(key), { value: true, flags: true })

describe('InFlight', () => {
  it('brings each reply to its command, in order', () => {
    const { heard, receive } = sent([read('a'), metaSet(wireKey('b'), Buffer.alloc(0), { ttl: 1 })])
    receive('VA 2 f7 O1 ka\r\nhi\r\nHD O2 kb\r\n')

    expect(heard).toEqual(['1 hit hi 7', '2 HD', 'idle'])
  })

  it('takes a quiet read for a miss where a later reply passes over it', () => {
    const { heard, receive } = sent([read('a'), read('b'), read('c'), NOOP], [1, 2, 3])
    receive('VA 1 f0 O2 kb\r\n!\r\n')
    expect(heard).toEqual(['1 EN', '2 hit ! 0'])

    receive('MN\r\n')
    expect(heard.slice(2)).toEqual(['3 EN', '4 noop', 'idle'])
  })

  it('takes a quiet deletion for done where the next reply is of another form', () => {
    const { heard, receive } = sent([metaDelete(wireKey('a'), {}), read('b')], [1])
    receive('VA 1 f0 t-1 O2 kb\r\n!\r\n')

    expect(heard).toEqual(['1 HD', '2 VA', 'idle'])
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
  ])('refuses %s, and settles nothing', (_, wire) => {
    const { heard, receive } = sent([read('a')])

    expect(() => receive(wire)).toThrow(expect.objectContaining({ code: 'ERR_PROTOCOL' }))
    expect(heard).toEqual([])
  })

  it.each([
    ['a reply that was there before', 'EN O9 kb\r\n'],
    ['the right opaque with another key', 'VA 1 f0 O2 kc\r\n!\r\n'],
    ['an error line, which names no command', 'SERVER_ERROR out of memory\r\n'],
  ])('settles no quiet command by %s', (_, wire) => {
    const { heard, receive } = sent([read('a'), read('b')], [1])

    expect(() => receive(wire)).toThrow(expect.objectContaining({ code: 'ERR_PROTOCOL' }))
    expect(heard).toEqual([])
  })

  it('refuses a reply that nobody asked for', () => {
    const { receive } = sent([])

    expect(() => receive('EN O1 ka\r\n')).toThrow('a reply that nobody asked for')
  })
})

/** Commands in flight, with the opaques 1 and up; those in `quiet` are. */
function sent(commands: readonly Command[], quiet: readonly number[] = []) {
  const heard: string[] = []
  const inFlight = new InFlight(7, () => heard.push('idle'))
  for (const [i, command] of commands.entries()) {
    const opaque = i + 1
    inFlight.queue.push(pending(command, opaque, quiet.includes(opaque), heard))
  }
  const decoder = new ReplyDecoder((reply) => inFlight.take(reply), 1024, inFlight)
  return { heard, receive: (wire: string) => decoder.push(Buffer.from(wire, 'latin1')) }
}

function pending(command: Command, opaque: number, quiet: boolean, heard: string[]): Pending {
  const token = 'key' in command ? command.key.token : ''
  return {
    command,
    bytes: 0,
    quiet,
    timeoutMs: undefined,
    cancelled: false,
    opaque: 'key' in command ? opaque : 0,
    deadline: 0,
    sentIn: Buffer.from(`mg ${token}`),
    keyAt: 3,
    keyLength: token.length,
    next: undefined,
    hit: (value, flags) => heard.push(`${opaque} hit ${value} ${flags}`),
    answer: (answer) => heard.push(`${opaque} ${described(answer)}`),
    fail: () => heard.push(`${opaque} failed`),
    expire: () => heard.push(`${opaque} expired`),
  }
}

function described(answer: Answer): string {
  return answer.kind === 'meta' ? answer.status : answer.kind
}
