/**
 * The `name=value` words of a line, by name; other words are left out. A map: a name may be
 * `__proto__`.
 */
export function parseFields(words: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const word of words) {
    const at = word.indexOf('=')
    const name = word.slice(0, at)
    // The first of a name: a proxy's line has `type` twice, the event's own in front.
    if (at > 0 && !fields.has(name)) fields.set(name, word.slice(at + 1))
  }
  return fields
}

const WHOLE = /^-?\d{1,20}$/

/** A whole number of at most 20 digits; `undefined` for anything else. */
export function wholeField(fields: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = fields.get(name)
  return text !== undefined && WHOLE.test(text) ? Number(text) : undefined
}

const ENCODED = /^(?:%[0-9A-Fa-f]{2}|[^%])+$/

/** The bytes of a key as listings and watchers name it, URI-encoded; `undefined`: it is none. */
export function decodeKey(text: string): Buffer | undefined {
  // Most keys are plain, and a listing may have millions.
  if (!text.includes('%')) return text === '' ? undefined : Buffer.from(text, 'latin1')
  // Not decodeURIComponent: the bytes of a foreign key need not be UTF-8.
  if (!ENCODED.test(text)) return undefined
  const latin1 = text.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(latin1, 'latin1')
}
