import { describe, isDense, kindOf } from './kinds.ts'
import type { Trail } from './trail.ts'

/** Whether plain JSON keeps all of `value`. Throws `ERR_VALUE_INVALID` for what no form keeps. */
export function isJson(value: unknown, trail: Trail): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'bigint':
    case 'undefined':
      return false
    case 'object':
      return value === null || isJsonObject(value, trail)
    default:
      throw trail.refusal(describe(value))
  }
}

// A part that JSON loses does not end the walk: what comes after it may be unfit for any form.
function isJsonObject(value: object, trail: Trail): boolean {
  const kind = kindOf(value, trail)
  if (kind === 'date' || kind === 'bytes') return false
  trail.enter(value)
  let isKept = false
  if (kind === 'array' && isDense(value as unknown[]))
    isKept = isJsonList(value as unknown[], trail)
  else if (kind === 'map') isJsonList([...(value as Map<unknown, unknown>)].flat(), trail)
  else if (kind === 'set') isJsonList([...(value as Set<unknown>)], trail)
  else isKept = isJsonRecord(value as Record<string, unknown>, trail) && kind === 'object'
  trail.leave()
  return isKept
}

function isJsonList(list: readonly unknown[], trail: Trail): boolean {
  let isKept = true
  for (let i = 0; i < list.length; i++) {
    trail.at(i)
    if (!isJson(list[i], trail)) isKept = false
  }
  return isKept
}

function isJsonRecord(record: Record<string, unknown>, trail: Trail): boolean {
  let isKept = true
  for (const key of Object.keys(record)) {
    trail.at(key)
    if (!isJson(record[key], trail)) isKept = false
  }
  return isKept
}
