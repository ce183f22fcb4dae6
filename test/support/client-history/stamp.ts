import { createHash } from 'node:crypto'

/** What a value says of itself. No two writes have one `id`. */
export interface Stamp {
  readonly key: string
  readonly writer: number
  readonly sequence: number
}

const CHECKSUM_LENGTH = 16

// Filler that a reader out of step would take for replies.
const TRAPS = ['\r\n', 'EN\r\n', 'HD\r\n', 'VA 5 f0 O1 ka\r\n', 'END\r\n', 'MN\r\n', '\0', ' ']

/** Bytes that tell key, writer, sequence number and their own wholeness. */
export function stamped(stamp: Stamp, length: number, random: () => number): Buffer {
  let filler = ''
  while (filler.length < length) filler += TRAPS[Math.floor(random() * TRAPS.length)]
  const { key, writer, sequence } = stamp
  const body = Buffer.from(JSON.stringify([key, writer, sequence, filler.slice(0, length)]))
  return Buffer.concat([Buffer.from(checksum(body)), body])
}

/** The same for every write of one writer, and the client flags to store with it. */
export function stampId({ writer, sequence }: Stamp): string {
  return `${writer}:${sequence}`
}

export function stampFlags({ writer, sequence }: Stamp): number {
  return (writer << 24) + sequence
}

/** What `bytes` say, or in words why they are no whole value. */
export function readStamp(bytes: Buffer): Stamp | string {
  const body = bytes.subarray(CHECKSUM_LENGTH)
  if (bytes.toString('latin1', 0, CHECKSUM_LENGTH) !== checksum(body)) {
    return `${bytes.length} bytes whose checksum is wrong`
  }
  const [key, writer, sequence] = JSON.parse(body.toString()) as [string, number, number]
  return { key, writer, sequence }
}

function checksum(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex').slice(0, CHECKSUM_LENGTH)
}
