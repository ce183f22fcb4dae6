// MurmurHash3, 32 bits, seed 0, in two steps, so that a fixed start is hashed once and not per key.

const C1 = 0xcc9e2d51
const C2 = 0x1b873593

/** Hashes the whole blocks of 4 bytes from `start` to before `end` into `hash`; `end` is one's end. */
export function mixBlocks(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let mixed = hash
  for (let i = start; i < end; i += 4) {
    mixed ^= scramble(blockAt(bytes, i))
    mixed = (mixed << 13) | (mixed >>> 19)
    mixed = (Math.imul(mixed, 5) + 0xe6546b64) | 0
  }
  return mixed
}

/**
 * Hashes what is left from `start` to `end` and ends. `length` counts all bytes, those before
 * `start` too. The 3 bytes from `end` on must be 0.
 */
export function finish(
  hash: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  length: number,
): number {
  const whole = end - ((end - start) & 3)
  let mixed = mixBlocks(hash, bytes, start, whole)
  if (end > whole) mixed ^= scramble(blockAt(bytes, whole))
  mixed ^= length
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

function blockAt(bytes: Uint8Array, i: number): number {
  return (
    (bytes[i] ?? 0) |
    ((bytes[i + 1] ?? 0) << 8) |
    ((bytes[i + 2] ?? 0) << 16) |
    ((bytes[i + 3] ?? 0) << 24)
  )
}

function scramble(block: number): number {
  const k = Math.imul(block, C1)
  return Math.imul((k << 15) | (k >>> 17), C2)
}
