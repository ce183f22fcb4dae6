import { expect, it } from 'vitest'
import { FaultProxy } from '../../../src/testing/index.ts'
import { openClient } from '../../support/client.ts'
import { startMemcached } from '../../support/memcached.ts'
import { ask } from '../../support/raw.ts'

it.each(['delete', 'set', 'touch'] as const)(
  'makes up for a %s in a hurry that was never sent',
  async (verb) => {
    await using server = await startMemcached()
    await using proxy = await FaultProxy.start({ target: { port: server.port } })
    await using client = openClient({
      servers: `127.0.0.1:${proxy.port}`,
      timeoutMs: 2000,
      connectTimeoutMs: 2000,
    })
    await ask(server.port, 'ms k 3\r\nold\r\n')
    await proxy.set({ kind: 'hang' })

    const hurry = { timeoutMs: 20 }
    const call =
      verb === 'delete'
        ? client.delete('k', hurry)
        : verb === 'set'
          ? client.set('k', 'new', hurry)
          : client.touch('k', 60, hurry)
    await expect(call).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await proxy.set({ kind: 'pass' })

    expect(await client.get('k')).toBeUndefined()
  },
)
