import { types } from 'node:util'
import { isJustAbove } from './prototypes.ts'

/** Any kind of bytes that can be kept. */
export type Binary = ArrayBuffer | NodeJS.TypedArray

type View = new (bytes: ArrayBuffer) => unknown

const VIEWS: ReadonlyMap<string, View> = new Map(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    // Since Node 24; an older one sees a miss.
    (globalThis as { Float16Array?: View & { name: string } }).Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].flatMap((View) => (View === undefined ? [] : [[View.name, View as View]])),
)

/** The name to revive `value` by, or `undefined` for a subclass. */
export function binaryName(value: Binary): string | undefined {
  if (Buffer.isBuffer(value)) return 'Buffer'
  const prototype: object = Object.getPrototypeOf(value)
  if (types.isArrayBuffer(value)) return isJustAbove(prototype) ? 'ArrayBuffer' : undefined
  const name = value[Symbol.toStringTag]
  return isJustAbove(Object.getPrototypeOf(prototype)) && VIEWS.has(name) ? name : undefined
}

/** The bytes of `value`, as a view of the same memory. */
export function bytesOf(value: Binary): Buffer {
  return ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value)
}

/**
 * Returns a copy of `bytes` as what {@link binaryName} calls `name`, `undefined` for no such name.
 * Throws where the size does not fit.
 */
export function makeBinary(name: string, bytes: Buffer): Binary | undefined {
  const isPlain = name === 'ArrayBuffer' || name === 'Buffer'
  const View = VIEWS.get(name)
  if (!isPlain && View === undefined) return undefined
  // Not `Buffer.from(bytes)`: a small one would be a part of a slab of 8 KiB, and keep it all.
  const memory = new ArrayBuffer(bytes.length)
  bytes.copy(new Uint8Array(memory))
  if (View !== undefined) return new View(memory) as Binary
  return name === 'Buffer' ? Buffer.from(memory) : memory
}
