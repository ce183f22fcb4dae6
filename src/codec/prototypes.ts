/** Whether the prototype of a plain object: `Object.prototype`, of this realm or another. */
export function isRoot(prototype: object | null): boolean {
  if (prototype === Object.prototype) return true
  if (prototype === null || Object.getPrototypeOf(prototype) !== null) return false
  return Object.hasOwn(prototype, 'isPrototypeOf')
}

/** Whether the prototype of a class that extends nothing. */
export function isJustAbove(prototype: object | null): boolean {
  return prototype !== null && isRoot(Object.getPrototypeOf(prototype))
}

/** Sets a property as plain assignment would, but for `__proto__`, which it makes an own property. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  } else {
    ;(target as Record<string, unknown>)[key] = value
  }
}
