import { channel } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import type { ErrorMessage } from '../../../src/channels.ts'
import { ReplayLog } from '../../../src/client/routing/replay.ts'
import { CacheError } from '../../../src/errors.ts'
import type { Pending } from '../../../src/net/pending.ts'
import { wireKey } from '../../../src/protocol/key.ts'
import { VOID_CAS } from '../../../src/protocol/meta-reply.ts'

describe('ReplayLog', () => {
  it('hands out each key once, until its deletion fails', () => {
    const log = new ReplayLog('a:1', 10, 'flush')
    log.remember(wireKey('x'))
    log.remember(wireKey('y'))
    log.remember(wireKey('x'))

    const sent = log.takeOverdue()
    expect(tokens(sent)).toEqual(['y', 'x'])
    expect(log.takeOverdue()).toEqual([])

    sent[0]?.answer(VOID_CAS, 1)
    sent[1]?.fail(new CacheError('ERR_TIMEOUT', 'It is silent.'))
    expect(tokens(log.takeOverdue())).toEqual(['x'])
  })

  it('keeps a key apart from the one whose base64 form it is', () => {
    const log = new ReplayLog('a:1', 10, 'flush')
    log.remember(wireKey('w6k='))
    log.remember(wireKey('é'))

    expect(tokens(log.takeOverdue())).toEqual(['w6k=', 'w6k='])
  })

  it('keeps a key whose deletion the server refused', () => {
    const log = new ReplayLog('a:1', 10, 'flush')
    log.remember(wireKey('x'))
    log.takeOverdue()[0]?.answer({ kind: 'error', word: 'SERVER_ERROR', text: 'out of memory' }, 1)

    expect(tokens(log.takeOverdue())).toEqual(['x'])
  })

  it('keeps what a server that was closed is owed: it may come back', () => {
    const log = new ReplayLog('a:1', 10, 'flush')
    log.remember(wireKey('x'))
    log.takeOverdue()[0]?.fail(new CacheError('ERR_CLOSED', 'The client is closed.'))

    expect(log.waiting.map(({ token }) => token)).toEqual(['x'])
  })

  it('counts the deletions of one key once, and settles each once', () => {
    const log = new ReplayLog('a:1', 2, 'flush')
    let settled = 0
    const deletions = [1, 2].map(() => log.deletion(wireKey('hot'), () => settled++))
    expect(log.deletion(wireKey('hot'), () => {})).toBeUndefined()
    expect(log.owesFlush).toBe(false)

    deletions[0]?.expire(new CacheError('ERR_TIMEOUT', 'It is silent.'))
    deletions[0]?.answer(VOID_CAS, 1)
    expect(settled).toBe(1)
    expect(tokens(log.takeOverdue())).toEqual(['hot'])
  })

  it('owes an empty server where more is owed than it may remember, and says so', () => {
    const log = new ReplayLog('a:1', 2, 'flush')
    const heard = heardWhile(() => remember(log, 'x', 'y', 'z', 'a'))

    const [flush, ...others] = log.takeOverdue()
    expect([flush?.command, others]).toEqual([{ verb: 'flush_all', line: 'flush_all' }, []])
    expect(heard).toMatchObject([
      { operation: 'replay', server: 'a:1', error: { code: 'ERR_OVERLOADED' } },
    ])

    remember(log, 'b')
    flush?.fail(new CacheError('ERR_TIMEOUT', 'It is silent.'))
    const again = log.takeOverdue()
    expect(again.map(({ command }) => command.verb)).toEqual(['flush_all'])
    again[0]?.answer({ kind: 'ok' }, 1)
    expect(log.takeOverdue()).toEqual([])
    remember(log, 'c')
    expect(tokens(log.takeOverdue())).toEqual(['c'])
  })

  it('says so where the server refuses to be emptied', () => {
    const log = new ReplayLog('a:1', 1, 'flush')
    remember(log, 'x', 'y')
    const [flush] = log.takeOverdue()
    const heard = heardWhile(() =>
      flush?.answer({ kind: 'error', word: 'CLIENT_ERROR', text: 'flush_all not allowed' }, 1),
    )

    expect(heard).toMatchObject([{ operation: 'replay', error: { code: 'ERR_OVERLOADED' } }])
    expect(log.takeOverdue()).toEqual([])
  })

  it('drops the oldest beyond its limit where it is to forget, and says so', () => {
    const log = new ReplayLog('a:1', 2, 'forget')
    const heard = heardWhile(() => remember(log, 'x', 'y', 'z'))

    expect(tokens(log.takeOverdue())).toEqual(['y', 'z'])
    expect(heard).toMatchObject([
      { operation: 'replay', server: 'a:1', error: { code: 'ERR_OVERLOADED' } },
    ])
  })

  it('sends no more deletions at once than it may remember', () => {
    const log = new ReplayLog('a:1', 1, 'flush')
    const first = log.deletion(wireKey('x'), () => {})
    const second = log.deletion(wireKey('y'), () => {})

    expect(second).toBeUndefined()
    first?.answer(VOID_CAS, 1)
    expect(log.takeOverdue().map(({ command }) => command.verb)).toEqual(['flush_all'])
  })
})

function remember(log: ReplayLog, ...keys: string[]): void {
  for (const key of keys) log.remember(wireKey(key))
}

function heardWhile(run: () => void): ErrorMessage[] {
  const heard: ErrorMessage[] = []
  const listener = (message: unknown) => {
    heard.push(message as ErrorMessage)
  }
  channel('reprise:error').subscribe(listener)
  run()
  channel('reprise:error').unsubscribe(listener)
  return heard
}

function tokens(pending: readonly Pending[]): string[] {
  return pending.map(({ command }) => ('key' in command ? command.key.token : ''))
}
