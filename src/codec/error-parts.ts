/** An error, in parts that can be kept. Of the rest, such as methods and symbols, nothing is. */
export interface ErrorParts {
  /** The nearest of the language's own classes. */
  readonly className: string
  /** What is no enumerable property: `message`, `name` where the class has another, `stack`, `cause`, `errors`. */
  readonly hidden: readonly ErrorPart[]
  readonly shown: readonly ErrorPart[]
}

export type ErrorPart = readonly [name: string, value: unknown]

type Facts = Readonly<Record<string, unknown>>

const CLASSES: ReadonlyMap<string, () => Error> = new Map<string, () => Error>([
  ['Error', () => new Error()],
  ['AggregateError', () => new AggregateError([])],
  ['EvalError', () => new EvalError()],
  ['RangeError', () => new RangeError()],
  ['ReferenceError', () => new ReferenceError()],
  ['SyntaxError', () => new SyntaxError()],
  ['TypeError', () => new TypeError()],
  ['URIError', () => new URIError()],
])

const TEXTS: readonly string[] = ['message', 'name', 'stack']
const HIDDEN: readonly string[] = [...TEXTS, 'cause', 'errors']

export function errorParts(error: object): ErrorParts {
  const facts = error as Facts
  const className = classOf(error)
  const hidden: ErrorPart[] = []
  for (const name of HIDDEN) {
    if (Object.prototype.propertyIsEnumerable.call(error, name)) continue
    const value = facts[name]
    const isOwn = Object.hasOwn(error, name)
    const isText = TEXTS.includes(name)
    // Texts also where the error's class has them, unless all errors of the language's class do.
    const isKept = isText
      ? typeof value === 'string' && (isOwn || value !== (name === 'name' ? className : ''))
      : isOwn
    if (isKept) hidden.push([name, value])
  }
  return { className, hidden, shown: Object.keys(error).map((name) => [name, facts[name]]) }
}

/** Returns an empty error of a class; `undefined` for a class that is not the language's own. */
export function makeError(className: string): Error | undefined {
  const error = CLASSES.get(className)?.()
  // It would tell where the error was read.
  if (error !== undefined) Reflect.deleteProperty(error, 'stack')
  return error
}

/** Whether a hidden part may have this name and value, wherever they come from. */
export function isHiddenPart(name: unknown, value: unknown): name is string {
  if (typeof name !== 'string' || !HIDDEN.includes(name)) return false
  return typeof value === 'string' || !TEXTS.includes(name)
}

/** Sets a part as its own property, whatever its name. */
export function setErrorPart(
  error: Error,
  name: string,
  value: unknown,
  { enumerable }: { readonly enumerable: boolean },
): void {
  Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true })
}

function classOf(error: object): string {
  let prototype: object | null = Object.getPrototypeOf(error)
  while (prototype !== null) {
    // The language's prototypes, also those of another realm, have both themselves, as plain texts.
    const name: unknown = Object.getOwnPropertyDescriptor(prototype, 'name')?.value
    if (typeof name === 'string' && CLASSES.has(name) && Object.hasOwn(prototype, 'message')) {
      return name
    }
    prototype = Object.getPrototypeOf(prototype)
  }
  return 'Error'
}
