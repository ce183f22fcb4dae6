/**
 * Freezes `value`, a copy that is our own, and all that is in it. Returns whether nobody can change
 * it now: what keeps its content in slots of its own, such as a Map, a Date or bytes, cannot be
 * frozen.
 */
export function freezeWhole(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  // Also where a cycle comes back to what is being frozen.
  if (Object.isFrozen(value)) return true
  if (!isPlain(value)) return false
  Object.freeze(value)
  let isWhole = true
  for (const part of Object.values(value)) isWhole = freezeWhole(part) && isWhole
  return isWhole
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
