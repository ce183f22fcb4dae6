import { describe, expect, it } from 'vitest'
import { type Pending, PendingQueue } from '../../../src/net/pending.ts'
import { NOOP } from '../../../src/protocol/command.ts'
import { UNSENT } from '../../../src/protocol/plain-reply.ts'

describe('PendingQueue', () => {
  it('gives back in order what it was given, and counts commands and bytes', () => {
    const queue = new PendingQueue()
    const all = Array.from({ length: 10_000 }, (_, i) => pending(i))
    for (const each of all) queue.push(each)
    expect([queue.length, queue.bytes]).toEqual([10_000, 49_995_000])

    const first = all.slice(0, 5000).map(() => queue.shift())

    expect(first).toEqual(all.slice(0, 5000))
    expect(queue.oldest).toBe(all[5000])
    expect(queue.length).toBe(5000)
    expect(queue.takeAll()).toEqual(all.slice(5000))
    expect([queue.length, queue.bytes, queue.oldest, queue.shift()]).toEqual([
      0,
      0,
      undefined,
      undefined,
    ])
  })

  it('goes on after it was empty', () => {
    const queue = new PendingQueue()
    const [a, b] = [pending(1), pending(2)]
    queue.push(a)
    queue.shift()
    queue.push(b)

    expect([queue.length, queue.bytes, queue.all()]).toEqual([1, 2, [b]])
  })

  it('counts each reply that one of them waits for, until it is the last', () => {
    const queue = new PendingQueue()
    const many = { ...pending(0), span: 3 }
    queue.push(many)
    queue.push(pending(5))
    queue.lengthen()
    many.span++
    expect(queue.length).toBe(5)

    many.span -= 3
    queue.shorten(3)
    expect([queue.length, queue.oldest]).toEqual([2, many])
    many.span--
    queue.shorten(1)
    expect([queue.length, queue.oldest?.bytes]).toEqual([1, 5])
  })
})

function pending(bytes: number): Pending & { span: number } {
  return {
    command: NOOP,
    bytes,
    span: 1,
    reads: undefined,
    timeoutMs: undefined,
    cancelled: false,
    opaque: 0,
    deadline: 0,
    sentIn: UNSENT,
    keyAt: 0,
    next: undefined,
    hit: () => {},
    answer: () => {},
    fail: () => {},
    expire: () => {},
  }
}
