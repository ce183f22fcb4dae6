import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A configuration endpoint that answers what it is told, as that of Amazon ElastiCache does. */
export interface ClusterEndpoint extends AsyncDisposable {
  readonly port: number
  /** What it was asked, line by line. */
  readonly asked: readonly string[]
  version: number
  /** `host|ip|port` each. */
  nodes: readonly string[]
  /** As an engine before 1.4.14: it knows only the old question. */
  old: boolean
  /** Answers nothing while it is set. */
  silent: boolean
  /** Connections that are open. */
  readonly connections: number
}

export async function startClusterEndpoint(nodes: readonly string[]): Promise<ClusterEndpoint> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (data) => {
      const line = data.toString('latin1').trimEnd()
      asked.push(line)
      if (!endpoint.silent) socket.write(answer(line))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()

  const answer = (line: string): string => {
    const payload = `${endpoint.version}\n${endpoint.nodes.join(' ')}\n`
    const isOld = line === 'get AmazonElastiCache:cluster'
    if (isOld) {
      return `VALUE AmazonElastiCache:cluster 0 ${payload.length}\r\n${payload}\r\nEND\r\n`
    }
    if (line !== 'config get cluster' || endpoint.old) return 'ERROR\r\n'
    return `CONFIG cluster 0 ${payload.length}\r\n${payload}\r\nEND\r\n`
  }
  const endpoint: ClusterEndpoint = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    asked,
    version: 1,
    nodes,
    old: false,
    silent: false,
    get connections() {
      return sockets.size
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return endpoint
}
