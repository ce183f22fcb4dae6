import { isAscii, isUtf8 } from 'node:buffer'

/** Returns the text that `bytes` are in UTF-8, or `undefined` where they are not UTF-8. */
export function decodeText(bytes: Buffer): string | undefined {
  // Most are ASCII, which is told and read several times faster (`bench/encodings.mjs`).
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
