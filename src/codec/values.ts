import { binaryName } from './binary.ts'
import { checkValue, refuseValue } from './check.ts'
import { FLAG_BYTES, FLAG_INTEGER, FLAG_JSON, FLAG_TEXT, FLAG_TYPED } from './flags.ts'
import { isJson } from './json.ts'
import { revive } from './revive.ts'
import { decodeText } from './text.ts'
import { MAX_DEPTH } from './trail.ts'
import { tag, tagNumber, UNFIT } from './typed.ts'

export { checkValue } from './check.ts'

/** A value as bytes, and the flags that say which form they have. */
export interface Encoded {
  readonly flags: number
  readonly bytes: Buffer
}

/** The first number that a counter of the server, 64 bits unsigned, cannot hold. */
export const COUNTER_END: bigint = 2n ** 64n

// Of a counter's 20 digits at most; a longer number is not one that we wrote.
const INTEGER = /^(?:0|-?[1-9]\d{0,19}) *$/
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Returns `value` as bytes. They are a copy: what happens to `value` afterwards does not touch them.
 *
 * Whole numbers take the form that the server can count with: numbers as far as they are exact, and
 * bigints from there to 2^64. So a number comes back as a number and a bigint as a bigint, but for
 * a counter that passes 2^53, which comes back as a bigint.
 *
 * @throws {@link CacheError} `ERR_VALUE_INVALID` for what cannot be kept: functions, symbols,
 * class instances, and `undefined`, which is how a miss is told.
 */
export function encodeValue(value: unknown): Encoded {
  switch (typeof value) {
    case 'string':
      // UTF-8 has no form for half a pair; JSON writes it as an escape.
      if (LONE_SURROGATE.test(value)) break
      return { flags: FLAG_TEXT, bytes: Buffer.from(value) }
    case 'number':
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return integer(value)
      if (Number.isInteger(value)) return json(FLAG_TYPED, tagNumber(value))
      break
    case 'bigint':
      if (value > Number.MAX_SAFE_INTEGER && value < COUNTER_END) return integer(value)
      break
    case 'undefined':
      checkValue(value)
      break
    case 'object':
      if (value instanceof Uint8Array && isTopLevelBytes(value)) {
        return { flags: FLAG_BYTES, bytes: Buffer.from(value) }
      }
      break
    default:
      break
  }
  return isJson(value) ? json(FLAG_JSON, value) : json(FLAG_TYPED, tagged(value))
}

/**
 * Returns the value of `bytes`, or `undefined` where they are not of a form in the table of
 * `flags.ts`. It runs no code and sets no prototype, whatever the bytes are.
 */
export function decodeValue(flags: number, bytes: Buffer): NonNullable<unknown> | null | undefined {
  switch (flags) {
    case FLAG_BYTES:
      return bytes
    case FLAG_TEXT:
      return decodeText(bytes)
    case FLAG_INTEGER:
      return parseInteger(bytes)
    case FLAG_JSON:
    case FLAG_TYPED:
      return parse(flags, bytes)
    default:
      return undefined
  }
}

/** Uint8Array and Buffer are raw bytes, which is what other clients of the server know as well. */
export function isTopLevelBytes(value: Uint8Array): boolean {
  const name = binaryName(value)
  return name === 'Buffer' || name === 'Uint8Array'
}

/** The bytes of a value in their raw form: a Buffer with memory of its own. */
export function copyBytes(value: Uint8Array): Buffer {
  // Not `Buffer.from(bytes)`: a small one would be a part of a slab of 8 KiB, and keep it all.
  const copy = Buffer.allocUnsafeSlow(value.byteLength)
  copy.set(value)
  return copy
}

function tagged(value: unknown): unknown {
  try {
    return tag(value)
  } catch (error) {
    if (error === UNFIT) refuseValue(value)
    throw error
  }
}

function integer(value: number | bigint): Encoded {
  return { flags: FLAG_INTEGER, bytes: Buffer.from(`${value}`, 'latin1') }
}

function json(flags: number, value: unknown): Encoded {
  return { flags, bytes: Buffer.from(JSON.stringify(value)) }
}

function parseInteger(bytes: Buffer): number | bigint | undefined {
  if (bytes.length > 64) return undefined
  // `decr` overwrites in place: 100 less 91 is left as `9  `. Source: protocol.txt, "Increment/Decrement".
  const text = bytes.toString('latin1')
  if (!INTEGER.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text.trimEnd())
}

function parse(flags: number, bytes: Buffer): NonNullable<unknown> | null | undefined {
  const text = decodeText(bytes)
  if (text === undefined) return undefined
  try {
    const node: unknown = JSON.parse(text)
    if (flags === FLAG_TYPED) return revive(node) as NonNullable<unknown> | null | undefined
    // What is a level deeper is at least two characters longer.
    return text.length <= 2 * MAX_DEPTH || !isDeeper(node, MAX_DEPTH)
      ? (node as NonNullable<unknown> | null)
      : undefined
  } catch {
    // Not JSON, or not a form that we write: somebody else's bytes.
    return undefined
  }
}

function isDeeper(node: unknown, than: number): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (than === 0) return true
  if (Array.isArray(node)) {
    for (let i = 0; i < node.length; i++) {
      const part: unknown = node[i]
      if (typeof part === 'object' && isDeeper(part, than - 1)) return true
    }
    return false
  }
  for (const key in node) {
    const part = (node as Record<string, unknown>)[key]
    if (typeof part === 'object' && isDeeper(part, than - 1)) return true
  }
  return false
}
