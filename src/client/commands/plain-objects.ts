/**
 * Makes a constructor of plain objects: `new` gives the same as a literal with those fields.
 *
 * For each place with an object or array literal V8 may decide to allocate what it makes among the old
 * objects, if much of it was still in use when the young were collected for the first times. There it is not
 * collected for long, and keeps alive, dead as it is, what it once held: a `getMany` of 100 took up to
 * twice the CPU in one process of three on Node 20, and in most on Node 26 (`bench/clients.mjs`;
 * `--no-allocation-site-pretenuring` shows it). What a constructor makes begins young. So what each hit makes is constructed.
 */
export function plainObjects<Fields extends readonly unknown[], T extends object>(
  make: (this: { -readonly [Name in keyof T]: T[Name] }, ...fields: Fields) => void,
): new (
  ...fields: Fields
) => T {
  make.prototype = Object.prototype
  return make as unknown as new (
    ...fields: Fields
  ) => T
}
