import { channel } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import type { ErrorMessage } from '../../../src/channels.ts'
import { ReplayLog } from '../../../src/client/replay.ts'
import { CacheError } from '../../../src/errors.ts'
import type { Pending } from '../../../src/net/pending.ts'
import { wireKey } from '../../../src/protocol/key.ts'
import { VOID_CAS } from '../../../src/protocol/reply.ts'

describe('ReplayLog', () => {
  it('hands out each key once, until its deletion fails', () => {
    const log = new ReplayLog('a:1', 10)
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
    const log = new ReplayLog('a:1', 10)
    log.remember(wireKey('w6k='))
    log.remember(wireKey('é'))

    expect(tokens(log.takeOverdue())).toEqual(['w6k=', 'w6k='])
  })

  it('keeps a key whose deletion the server refused', () => {
    const log = new ReplayLog('a:1', 10)
    log.remember(wireKey('x'))
    log.takeOverdue()[0]?.answer({ kind: 'error', word: 'SERVER_ERROR', text: 'out of memory' }, 1)

    expect(tokens(log.takeOverdue())).toEqual(['x'])
  })

  it('forgets when the client is closed', () => {
    const log = new ReplayLog('a:1', 10)
    log.remember(wireKey('x'))
    log.takeOverdue()[0]?.fail(new CacheError('ERR_CLOSED', 'The client is closed.'))

    expect(log.takeOverdue()).toEqual([])
  })

  it('drops the oldest beyond its limit, and says so', () => {
    const heard: ErrorMessage[] = []
    const listener = (message: unknown) => {
      heard.push(message as ErrorMessage)
    }
    channel('reprise:error').subscribe(listener)
    const log = new ReplayLog('a:1', 2)
    for (const key of ['x', 'y', 'z']) log.remember(wireKey(key))
    channel('reprise:error').unsubscribe(listener)

    expect(tokens(log.takeOverdue())).toEqual(['y', 'z'])
    expect(heard).toMatchObject([
      { operation: 'replay', server: 'a:1', error: { code: 'ERR_OVERLOADED' } },
    ])
  })
})

function tokens(pending: readonly Pending[]): string[] {
  return pending.map(({ command }) => ('key' in command ? command.key.token : ''))
}
