/**
 * The client flags of an item: which form its bytes have. This is the whole table.
 *
 * | flags | form | who else reads it |
 * | ---: | --- | --- |
 * | 0 | raw bytes | Django's clients: `bytes` |
 * | 2 | a whole number as ASCII digits, so that the server can count | Django's clients: `int` |
 * | 16 | text as UTF-8 | Django's clients: `str` |
 * | 32 | JSON | Django's clients: `bytes` |
 * | 64 | JSON with tags for what plain JSON loses (`values.ts`) | nobody |
 * | 256 | an envelope: a header, then one of the forms above (`envelope.ts`) | nobody |
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
export const FLAG_ENVELOPE = 256
