import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly text: string
}

export interface Question {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
}

/** A server on a free loopback port; disposed, it and its connections are gone. */
export interface TestServer extends AsyncDisposable {
  readonly port: number
  /**
   * One request on a connection of its own. What `fetch` would hide, such as encodings, stays as it
   * is.
   */
  ask(path: string, question?: Question): Promise<Reply>
  /** The same, up to the head: for streams, and to break off. */
  open(path: string, question?: Question): Promise<IncomingMessage>
}

export async function startServer(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  options: ServerOptions = {},
): Promise<TestServer> {
  const server = createServer(options, (incoming, response) => void listener(incoming, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const open = (path: string, { method = 'GET', headers = {}, body }: Question = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({ port, host: '127.0.0.1', path, method, headers, agent: false })
      outgoing.once('response', resolve).once('error', reject).end(body)
    })
  return {
    port,
    open,
    async ask(path, question) {
      const incoming = await open(path, question)
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks)
      const { statusCode: status = 0, headers, rawHeaders } = incoming
      return { status, headers, rawHeaders, body, text: body.toString() }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      if (server.listening) await once(server, 'close')
    },
  }
}
