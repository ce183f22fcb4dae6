import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { type Request, RequestParser } from './request-parser.ts'

/** Stands between a client and a real server, and reads along what the client asks for. */
export class Recorder implements AsyncDisposable {
  readonly #server: Server
  #requests: Request[] = []
  #misread: Error | undefined

  static async start(target: number): Promise<Recorder> {
    const recorder = new Recorder(target)
    recorder.#server.listen(0, '127.0.0.1')
    await once(recorder.#server, 'listening')
    return recorder
  }

  private constructor(target: number) {
    this.#server = createServer((socket) => {
      const upstream = connect(target, '127.0.0.1')
      const parser = new RequestParser()
      socket.on('data', (chunk) => {
        upstream.write(chunk)
        try {
          this.#requests.push(...parser.push(chunk))
        } catch (error) {
          this.#misread ??= error as Error
        }
      })
      upstream.pipe(socket)
      for (const end of [socket, upstream]) {
        end
          .on('error', () => {})
          .on('close', () => [socket, upstream].map((each) => each.destroy()))
      }
    })
  }

  get name(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The commands since the last call. Throws where a server would have read something else. */
  take(): readonly Request[] {
    if (this.#misread !== undefined) throw this.#misread
    const requests = this.#requests
    this.#requests = []
    return requests
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await once(this.#server, 'close')
  }
}
