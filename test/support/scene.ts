import { FaultProxy } from '../../src/testing/index.ts'
import { Load } from './load.ts'
import { startMemcached } from './memcached.ts'

/** Servers, each behind a proxy, and a load on them. The first is the one to suffer. */
export interface FaultScene extends AsyncDisposable {
  readonly load: Load
  readonly proxy: FaultProxy
  /** The name of the server behind `proxy`. */
  readonly faulty: string
}

export async function openScene(size: number, timeoutMs: number): Promise<FaultScene> {
  const servers = await Promise.all(Array.from({ length: size }, () => startMemcached()))
  const proxies = await Promise.all(
    servers.map(({ port }) => FaultProxy.start({ target: { port }, seed: 7 })),
  )
  const names = proxies.map(({ port }) => `127.0.0.1:${port}`)
  const load = await Load.start({ servers: names, timeoutMs })
  const [proxy] = proxies
  const [faulty] = names
  if (proxy === undefined || faulty === undefined) throw new RangeError('A scene has a server.')
  proxy.resetCounts()
  return {
    load,
    proxy,
    faulty,
    async [Symbol.asyncDispose]() {
      // What still hangs would hold up the load.
      await Promise.all(proxies.map((each) => each.set({ kind: 'pass' })))
      await load[Symbol.asyncDispose]()
      await Promise.all(proxies.map((each) => each.close()))
      await Promise.all(servers.map((each) => each.kill()))
    },
  }
}
