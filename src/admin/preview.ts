import { Buffer } from 'node:buffer'
import { inspect } from 'node:util'
import type { Found } from '../cache/backend.ts'
import type { Bytes } from '../units.ts'
import type { ValuePreview } from './api/keys.ts'

/** What a value is about, for `redact`. */
export interface Previewed {
  /** `null`: it was asked for by its key on the server. */
  readonly alias: string | null
  readonly key: string
}

/**
 * Returns what is shown in place of a value, or `undefined` for nothing at all. Bytes that are in no
 * form of ours come as a Buffer. What it throws is nothing at all too.
 */
export type Redact = (value: unknown, about: Previewed) => unknown

const MAX_TEXT: Bytes = 64 * 1024
const MAX_HEX: Bytes = 4096
const HEX_COLUMNS = 16
const HIDDEN = '[redacted]'

/** Fields that hold what nobody else should see, wherever they are in a value. */
const SECRET =
  /pass(?:word|wd|phrase)|secret|token|authorization|cookie|credential|api[-_]?key|private[-_]?key|session[-_]?id|csrf/i

const MAX_DEPTH = 20

/**
 * Puts `[redacted]` in the place of fields that are named like secrets. The default; it knows names
 * only, so a list of passwords or a text with a token in it is shown.
 */
export function redactSecrets(value: unknown): unknown {
  return withoutSecrets(value, 0)
}

/** The same value where there is nothing to hide, so that it can be told whether there was. */
function withoutSecrets(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const parts = value.map((part) => withoutSecrets(part, depth + 1))
    return parts.some((part, i) => part !== value[i]) ? parts : value
  }
  if (value instanceof Set) {
    const parts = [...value].map((part) => withoutSecrets(part, depth + 1))
    return parts.every((part) => value.has(part)) ? value : new Set(parts)
  }
  const isMap = value instanceof Map
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!isMap && prototype !== Object.prototype && prototype !== null) return value
  const before: [unknown, unknown][] = isMap ? [...value] : Object.entries(value)
  const after = before.map(([name, part]): [unknown, unknown] => {
    const isSecret = typeof name === 'string' && SECRET.test(name)
    return [name, isSecret ? HIDDEN : withoutSecrets(part, depth + 1)]
  })
  if (after.every(([, part], i) => part === before[i]?.[1])) return value
  return isMap ? new Map(after) : Object.fromEntries(after as [string, unknown][])
}

/** Shows what was found, as text of at most 64 kB. Nothing in it runs code of the value. */
export function previewOf(found: Found, about: Previewed, redact: Redact): ValuePreview {
  const { state, ageMs, tags } = found
  return {
    ...shownValue(found.value, about, redact),
    state,
    ageMs: ageMs ?? null,
    tags: tags === undefined ? [] : [...tags.keys()],
    flags: null,
  }
}

/** Shows bytes that are in no form of ours. */
export function foreignPreview(
  bytes: Buffer,
  flags: number,
  about: Previewed,
  redact: Redact,
): ValuePreview {
  const shown = shownValue(bytes, about, redact)
  return { ...shown, state: 'foreign', ageMs: null, tags: [], flags }
}

type Shown = Pick<ValuePreview, 'form' | 'text' | 'truncated' | 'redacted'>

function shownValue(value: unknown, about: Previewed, redact: Redact): Shown {
  let told: unknown
  try {
    told = redact(value, about)
  } catch {
    told = undefined
  }
  if (told === undefined) return { form: 'hidden', text: '', truncated: false, redacted: true }
  const shown = told instanceof Uint8Array ? hexOf(told) : textOf(told)
  return { ...shown, redacted: told !== value }
}

function textOf(value: unknown): Omit<Shown, 'redacted'> {
  if (typeof value === 'string') return { form: 'text', ...cut(value) }
  if (isPlain(value, 0)) return { form: 'json', ...cut(JSON.stringify(value, null, 2)) }
  const text = inspect(value, {
    customInspect: false,
    depth: MAX_DEPTH,
    maxArrayLength: 1000,
    maxStringLength: MAX_TEXT,
    breakLength: 80,
  })
  return { form: 'inspect', ...cut(text) }
}

/** Whether JSON shows all of it. */
function isPlain(value: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) return false
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'object':
      break
    default:
      return false
  }
  if (value === null) return true
  if (Array.isArray(value)) return value.every((part) => isPlain(part, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Object.values(value).every((part) => isPlain(part, depth + 1))
}

function hexOf(bytes: Uint8Array): Omit<Shown, 'redacted'> {
  const part = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, MAX_HEX))
  const lines: string[] = []
  for (let at = 0; at < part.length; at += HEX_COLUMNS) {
    const row = part.subarray(at, at + HEX_COLUMNS)
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = row.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * HEX_COLUMNS - 1)}  ${text}`)
  }
  return { form: 'hex', text: lines.join('\n'), truncated: bytes.byteLength > MAX_HEX }
}

function cut(text: string): { text: string; truncated: boolean } {
  if (Buffer.byteLength(text) <= MAX_TEXT) return { text, truncated: false }
  // In bytes, and no half of a character at the end.
  const start = Buffer.from(text.slice(0, MAX_TEXT)).subarray(0, MAX_TEXT).toString('utf8')
  return { text: start.replace(/\ufffd+$/, ''), truncated: true }
}
