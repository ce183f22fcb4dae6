import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultProxy } from '../../src/testing/index.ts'
import { SLACK_MS } from '../support/invariants.ts'
import { type MemcachedServer, startMemcached } from '../support/memcached.ts'
import { ask } from '../support/raw.ts'
import { runScript } from '../support/script.ts'

let server: MemcachedServer
let proxy: FaultProxy
let open: string

beforeEach(async () => {
  server = await startMemcached()
  proxy = await FaultProxy.start({ target: { port: server.port } })
  open = `const client = new entry.MemcachedClient({
    onFailure: 'throw',
    servers: '127.0.0.1:${proxy.port}',
    timeoutMs: 10_000,
  })`
})

afterEach(async () => {
  await proxy.close()
  await server.kill()
})

// Each says its own name under keys that it alone has, and reads it back many times.
const talk = `
  const talk = async (name) => {
    await Promise.all(Array.from({ length: 100 }, (_, i) => client.set(name + i, name)))
    for (let round = 0; round < 20; round++) {
      const found = await client.getMany(Array.from({ length: 100 }, (_, i) => name + i))
      for (const item of found.values()) if (item.value.toString() !== name) throw new Error('wrong')
      if (found.size !== 100) throw new Error('lost')
    }
  }`

describe('several processes', () => {
  it('row 22: of a cluster share no socket', async () => {
    const printed = await runScript(
      'src/client/index.ts',
      `import cluster from 'node:cluster'
      import { once } from 'node:events'
      ${open}
      ${talk}
      if (cluster.isWorker) {
        await talk('worker' + process.pid)
        await client.close()
        process.disconnect()
      } else {
        // Open before it forks: nothing of it may reach the workers.
        await talk('primary')
        const workers = [cluster.fork(), cluster.fork()]
        const exits = Promise.all(workers.map((worker) => once(worker, 'exit')))
        await talk('primary')
        const codes = (await exits).map(([code]) => code)
        await client.close()
        console.log(JSON.stringify(codes))
      }`,
    )

    expect(JSON.parse(printed)).toEqual([0, 0])
    expect(proxy.counts.connections).toBe(3)
  })

  it('row 22: and threads share no socket', async () => {
    const printed = await runScript(
      'src/client/index.ts',
      `import { once } from 'node:events'
      import { isMainThread, threadId, Worker } from 'node:worker_threads'
      ${open}
      ${talk}
      if (isMainThread) {
        await talk('main')
        const workers = [1, 2].map(() => new Worker(new URL(import.meta.url)))
        const exits = Promise.all(workers.map((worker) => once(worker, 'exit')))
        await talk('main')
        console.log(JSON.stringify((await exits).map(([code]) => code)))
      } else {
        await talk('thread' + threadId)
      }
      await client.close()`,
    )

    expect(JSON.parse(printed)).toEqual([0, 0])
    expect(proxy.counts.connections).toBe(3)
  })
})

describe('a process that is told to end', () => {
  const drain = `
    process.once('SIGTERM', async () => {
      const startedAt = performance.now()
      await client.close()
      const refused = await client.get('k').catch((error) => error.code)
      const codes = (await Promise.allSettled(sets)).map((set) => set.reason?.code ?? 'stored')
      console.log(JSON.stringify({ codes, refused, tookMs: performance.now() - startedAt }))
    })
    await client.version()
    const sets = Array.from({ length: 100 }, (_, i) => client.set('k' + i, 'v'))
    await new Promise(setImmediate)
    process.kill(process.pid, 'SIGTERM')`

  it('row 22: drains what is under way in close(), takes no more, and ends by itself', async () => {
    await proxy.set({ kind: 'latency', ms: 200 })
    const printed = await runScript('src/client/index.ts', `${open}\n${drain}`)
    const { codes, refused } = JSON.parse(printed)

    expect(codes).toEqual(Array.from({ length: 100 }, () => 'stored'))
    expect(refused).toBe('ERR_CLOSED')
    expect(await ask(server.port, 'mg k99 v\r\n')).toBe('VA 1\r\nv\r\n')
    expect(proxy.open).toBe(0)
  })

  it('row 22: is held up by a dead server for no longer than the timeout', async () => {
    await proxy.set({ kind: 'hang' })
    const printed = await runScript(
      'src/client/index.ts',
      `const client = new entry.MemcachedClient({
        onFailure: 'throw',
        servers: '127.0.0.1:${proxy.port}',
        connectTimeoutMs: 60_000,
      })
      ${drain.replace('await client.version()', '')}`,
    )
    const { codes, tookMs } = JSON.parse(printed)

    expect(new Set(codes)).toEqual(new Set(['ERR_TIMEOUT']))
    expect(tookMs).toBeLessThan(500 + SLACK_MS)
  })
})
