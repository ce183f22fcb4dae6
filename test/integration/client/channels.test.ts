import { channel } from 'node:diagnostics_channel'
import { expect, it } from 'vitest'
import {
  type CommandContext,
  commandChannel,
  connectChannel,
  type ServerMessage,
} from '../../../src/channels.ts'
import { openClient } from '../../support/client.ts'
import { startMemcached } from '../../support/memcached.ts'

it('publishes commands, connects and servers, without keys', async () => {
  const server = await startMemcached()
  const name = `127.0.0.1:${server.port}`
  const commands: CommandContext[] = []
  const connects: unknown[] = []
  const states: string[] = []
  const command = { asyncEnd: (message: CommandContext) => void commands.push(message) }
  const connect = { asyncEnd: (message: unknown) => void connects.push(message) }
  const state = (message: unknown) => void states.push((message as ServerMessage).state)
  commandChannel.subscribe(command as Parameters<typeof commandChannel.subscribe>[0])
  connectChannel.subscribe(connect as Parameters<typeof connectChannel.subscribe>[0])
  channel('reprise:server').subscribe(state)
  try {
    await using client = openClient(name)
    await client.set('secret-key', 'v')
    await client.get('secret-key')
    await client.stats()
    await server.kill()
    await client.get('secret-key').catch(() => {})
    await client.get('secret-key').catch(() => {})
  } finally {
    commandChannel.unsubscribe(command as Parameters<typeof commandChannel.unsubscribe>[0])
    connectChannel.unsubscribe(connect as Parameters<typeof connectChannel.unsubscribe>[0])
    channel('reprise:server').unsubscribe(state)
  }

  expect(commands.slice(0, 3)).toMatchObject([
    { operation: 'set', server: name, count: 1 },
    { operation: 'get', server: name, count: 1 },
    { operation: 'stats', server: name, count: 1 },
  ])
  expect(commands.at(-1)).toMatchObject({ operation: 'get', error: { code: 'ERR_CONNECTION' } })
  expect(connects[0]).toMatchObject({ server: name })
  expect(states.slice(0, 2)).toEqual(['up', 'down'])
  expect(JSON.stringify([commands, connects])).not.toContain('secret')
})
