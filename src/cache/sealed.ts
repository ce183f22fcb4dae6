const sealed = new WeakSet<object>()

/**
 * Promises that nobody changes `bytes` any more, neither who made them nor who reads them: a backend
 * in this process may keep them without a copy, and hand them out themselves to who asks for a lease.
 */
export function seal(bytes: Uint8Array): Uint8Array {
  sealed.add(bytes)
  return bytes
}

export function isSealed(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && sealed.has(value)
}
