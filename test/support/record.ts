import { connect } from 'node:net'

/** What the server answers to `commands`; whatever they are, the end is told by one that is not among them. */
export async function record(port: number, commands: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1')
  socket.write(Buffer.concat([commands, Buffer.from(`${LAST}\r\n`)]))
  let received = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received += chunk.toString('latin1')
    if (received.endsWith(ANSWER)) break
  }
  return Buffer.from(received.slice(0, -ANSWER.length), 'latin1')
}

const LAST = 'md end-of-recording O999999999 k'
const ANSWER = 'NF O999999999 kend-of-recording\r\n'
