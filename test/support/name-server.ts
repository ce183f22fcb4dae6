import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export interface NameServer extends AsyncDisposable {
  readonly address: string
  /** Questions so far. */
  readonly asked: number
}

const A = 1
const HEADER = 12

/**
 * A name server on a loopback port, which gives `addresses` (IPv4) for any name, and nothing for other
 * records; `undefined`: it never answers. Source: RFC 1035, section 4.1.
 */
export async function startNameServer(
  addresses: readonly string[] | undefined,
): Promise<NameServer> {
  const socket = createSocket('udp4')
  let asked = 0
  socket.on('message', (query, { port, address }) => {
    asked++
    if (addresses === undefined) return
    const end = query.indexOf(0, HEADER) + 5
    const answers = query.readUInt16BE(end - 4) === A ? addresses : []
    const header = Buffer.from(query.subarray(0, HEADER))
    header.writeUInt16BE(0x8180, 2)
    header.writeUInt16BE(answers.length, 6)
    header.fill(0, 8)
    const records = answers.map((each) =>
      // The name of the question, A, IN, a ttl of 0, four bytes.
      Buffer.from([0xc0, HEADER, 0, A, 0, 1, 0, 0, 0, 0, 0, 4, ...each.split('.').map(Number)]),
    )
    socket.send(Buffer.concat([header, query.subarray(HEADER, end), ...records]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    get asked() {
      return asked
    },
    [Symbol.asyncDispose]: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}
