import fc from 'fast-check'

export interface Mutation {
  readonly kind: 'flip' | 'insert' | 'delete' | 'repeat' | 'cut' | 'forge' | 'reorder'
  readonly at: number
  readonly bytes: Uint8Array
  readonly length: number
  readonly line: string
}

// What a stream might hold that slipped, or that somebody forges.
const LINES = [
  '\r\n',
  '\n',
  'MN\r\n',
  'EN\r\n',
  'HD\r\n',
  'END\r\n',
  'ERROR\r\n',
  'SERVER_ERROR out of memory storing object\r\n',
  'CLIENT_ERROR bad data chunk\r\n',
  'CLIENT_ERROR invalid flag\r\n',
  'VA 2000000000 f0 O1 ka\r\n',
  'VA 99999999999999999999 f0 O1 ka\r\n',
  'VA -1 f0 O1 ka\r\n',
  'VA 3 f0 O1 ka\r\nbad\r\n',
  'VA 3 f0 O2 kb\r\nbad\r\n',
  'HD O1 ka\r\n',
  'HD O2 kb\r\n',
  'STAT pid 1\r\n',
]

/** One change of a stream. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('flip', 'insert', 'delete', 'repeat', 'cut', 'forge', 'reorder'),
  at: fc.nat(),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
    // What a digit becomes is a digit: an opaque, a size or a number that is nearly right.
    fc.constantFrom('0', '1', '2', '9', ' ', 'O', 'k').map((text) => Buffer.from(text)),
  ),
  length: fc.nat(60),
  line: fc.constantFrom(...LINES),
})

/** Applies `mutation`; its place is anywhere, or where a line begins. */
export function mutate(wire: Buffer, { kind, at, bytes, length, line }: Mutation): Buffer {
  const from = at % (wire.length + 1)
  const [head, tail] = [wire.subarray(0, from), wire.subarray(from)]
  switch (kind) {
    case 'insert':
      return Buffer.concat([head, bytes, tail])
    case 'flip':
      return Buffer.concat([head, bytes, tail.subarray(bytes.length)])
    case 'delete':
      return Buffer.concat([head, tail.subarray(length)])
    case 'repeat':
      return Buffer.concat([head, tail.subarray(0, length), tail])
    case 'cut':
      return Buffer.from(head)
    case 'forge':
      return forge(wire, at, line)
    case 'reorder':
      return reorder(wire, at)
  }
}

/** Where to cut a stream into packets. */
export const pieces = fc.array(fc.nat(), { maxLength: 8 })

/** `wire` in pieces, none of them empty. */
export function cutAt(wire: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = cuts.map((cut) => cut % (wire.length + 1)).concat(0, wire.length)
  const edges = Array.from(new Set(places)).sort((a, b) => a - b)
  return edges.slice(1).map((edge, i) => wire.subarray(edges[i], edge))
}

export function commonPrefix(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length)
  let length = 0
  while (length < most && a[length] === b[length]) length++
  return length
}

function forge(wire: Buffer, at: number, line: string): Buffer {
  const starts = lineStarts(wire)
  const start = starts[at % starts.length] ?? 0
  return Buffer.concat([wire.subarray(0, start), Buffer.from(line), wire.subarray(start)])
}

/** Exchanges a line with the one behind it. */
function reorder(wire: Buffer, at: number): Buffer {
  const starts = lineStarts(wire)
  const i = at % starts.length
  const [first = 0, second = wire.length, third = wire.length] = starts.slice(i, i + 3)
  return Buffer.concat([
    wire.subarray(0, first),
    wire.subarray(second, third),
    wire.subarray(first, second),
    wire.subarray(third),
  ])
}

function lineStarts(wire: Buffer): number[] {
  const starts = [0]
  for (
    let at = wire.indexOf('\n');
    at !== -1 && at + 1 < wire.length;
    at = wire.indexOf('\n', at + 1)
  ) {
    starts.push(at + 1)
  }
  return starts
}
