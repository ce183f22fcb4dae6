import fc from 'fast-check'

const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', '$', 'of', 'constructor', 'toJSON'))

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, 2 ** 53, 1e21),
  fc.date(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array(),
  fc.int16Array(),
  fc.float64Array(),
  fc.bigUint64Array(),
  fc.uint8Array().map((bytes) => Uint8Array.from(bytes).buffer),
  fc.webUrl().map((text) => new URL(text)),
  fc.constantFrom(/a/, /^\p{L}+\/[/]$/u, /()|\n/gimsy, /(?:)/).map((one) => new RegExp(one)),
)

/** Stands for an object elsewhere in the value, until {@link link} puts that in its place. */
class Place {
  readonly number: number

  constructor(number: number) {
    this.number = number
  }
}

const CLASSES = [Error, TypeError, RangeError, SyntaxError, EvalError, URIError, ReferenceError]

/** Values of every type that a cache keeps, in each other, in themselves and shared. */
export const anyValue: fc.Arbitrary<unknown> = fc
  .letrec<{ node: unknown }>((tie) => {
    const pairs = fc.array(fc.tuple(key, tie('node')), { maxLength: 5 })
    const parts = fc.array(tie('node'), { maxLength: 5 })
    return {
      node: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        leaf,
        parts,
        pairs.map(objectOf),
        pairs.map((all) => Object.setPrototypeOf(objectOf(all), null) as unknown),
        fc.array(fc.tuple(tie('node'), tie('node')), { maxLength: 5 }).map((all) => new Map(all)),
        parts.map((all) => new Set(all)),
        fc.tuple(parts, pairs, fc.nat(3)).map(([all, named, holes]) => holey(all, named, holes)),
        fc
          .record({
            Class: fc.constantFrom(...CLASSES),
            message: fc.string(),
            cause: fc.option(tie('node'), { nil: undefined }),
            name: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
            pairs,
          })
          .map(errorOf),
        fc.tuple(parts, fc.string()).map(([all, message]) => new AggregateError(all, message)),
        fc.nat(20).map((number) => new Place(number)),
      ),
    }
  })
  .node.map(link)

/** {@link anyValue} but for what cannot be stored. */
export const anyStorable: fc.Arbitrary<NonNullable<unknown> | null> = anyValue.filter(
  (value) => value !== undefined,
) as fc.Arbitrary<NonNullable<unknown> | null>

function objectOf(pairs: readonly (readonly [string, unknown])[]): object {
  return define({}, pairs)
}

function holey(
  parts: readonly unknown[],
  named: readonly (readonly [string, unknown])[],
  holes: number,
): unknown[] {
  const list = [...parts]
  list.length += holes
  // An index as a name would be an element.
  return define(
    list,
    named.filter(([name]) => !/^\d+$/.test(name)),
  )
}

function errorOf(parts: {
  Class: new (message: string, options?: ErrorOptions) => Error
  message: string
  cause: unknown
  name: string | undefined
  pairs: readonly (readonly [string, unknown])[]
}): Error {
  const { Class, message, cause, name, pairs } = parts
  const error = new Class(message, cause === undefined ? undefined : { cause })
  if (name !== undefined) error.name = name
  return define(error, pairs)
}

function define<T extends object>(target: T, pairs: readonly (readonly [string, unknown])[]): T {
  for (const [name, value] of pairs) {
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return target
}

/** Puts objects of `value` itself where it has a {@link Place}, so that some are met again. */
function link(value: unknown): unknown {
  const objects: object[] = []
  collect(value, objects)
  const at = (part: unknown): unknown =>
    part instanceof Place ? objects[part.number % (objects.length || 1)] : part
  for (const object of objects) {
    if (object instanceof Map) {
      const entries = [...object]
      object.clear()
      for (const [name, part] of entries) object.set(at(name), at(part))
    } else if (object instanceof Set) {
      const parts = [...object]
      object.clear()
      for (const part of parts) object.add(at(part))
    } else if (!ArrayBuffer.isView(object)) {
      for (const name of Object.getOwnPropertyNames(object)) {
        const descriptor = Object.getOwnPropertyDescriptor(object, name)
        if (!(descriptor?.value instanceof Place)) continue
        Object.defineProperty(object, name, { ...descriptor, value: at(descriptor.value) })
      }
    }
  }
  return at(value)
}

function collect(value: unknown, objects: object[]): void {
  if (typeof value !== 'object' || value === null || value instanceof Place) return
  objects.push(value)
  if (ArrayBuffer.isView(value)) return
  const parts =
    value instanceof Map
      ? [...value].flat()
      : value instanceof Set
        ? [...value]
        : Object.getOwnPropertyNames(value).map(
            (name) => Object.getOwnPropertyDescriptor(value, name)?.value,
          )
  for (const part of parts) collect(part, objects)
}
