/**
 * The client flags of an item: which form its bytes have. This is the whole table.
 *
 * | flags | form | who else reads it |
 * | ---: | --- | --- |
 * | 0 | raw bytes | Django's clients: `bytes` |
 * | 2 | a whole number as ASCII digits, so that the server can count | Django's clients: `int` |
 * | 16 | text as UTF-8 | Django's clients: `str` |
 * | 32 | JSON | Django's clients: `bytes` |
 * | 64 | JSON with tags for what plain JSON loses (`typed.ts`) | nobody |
 * | 256 | an envelope: a header, then a body in one of the forms above (`envelope.ts`) | nobody |
 * | 256 + 512, 1024 or 2048 | the same, its body compressed: deflate, brotli or zstd | nobody |
 * | any of these four + 4096 | the same, and a signature of 32 bytes behind it (`signature.ts`) | nobody |
 *
 * Within an envelope, 128 is the form of a custom codec, whose name the header has.
 *
 * Exactly these values are read. Any other, be it a further bit or two bits together, is a miss:
 * 1 is Django's pickle, 8 its zlib, 4 pylibmc's integer.
 *
 * Sources: pymemcache `serde.py` and pylibmc `_pylibmcmodule.h` for 0, 2 and 16. Both hand back the
 * bytes of a value under 32, 64 or 256 as they are.
 *
 * @module
 */

export const FLAG_BYTES = 0
export const FLAG_INTEGER = 2
export const FLAG_TEXT = 16
export const FLAG_JSON = 32
export const FLAG_TYPED = 64
export const FLAG_CUSTOM = 128
export const FLAG_ENVELOPE = 256
export const FLAG_DEFLATE = 512
export const FLAG_BROTLI = 1024
export const FLAG_ZSTD = 2048
export const FLAG_SIGNED = 4096

/** The forms that the body of an envelope may have. */
export function isBodyForm(flags: number): boolean {
  switch (flags) {
    case FLAG_BYTES:
    case FLAG_INTEGER:
    case FLAG_TEXT:
    case FLAG_JSON:
    case FLAG_TYPED:
    case FLAG_CUSTOM:
      return true
    default:
      return false
  }
}

/** Whether `flags` say that the item is an envelope: one of the eight combinations of the table. */
export function isEnvelope(flags: number): boolean {
  switch (flags & ~FLAG_SIGNED) {
    case FLAG_ENVELOPE:
    case FLAG_ENVELOPE + FLAG_DEFLATE:
    case FLAG_ENVELOPE + FLAG_BROTLI:
    case FLAG_ENVELOPE + FLAG_ZSTD:
      // `&` cuts to 32 bits, and so a number that no item has.
      return flags >>> 0 === flags
    default:
      return false
  }
}
