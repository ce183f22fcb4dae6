import { copyValue } from '../codec/copy.ts'
import { checkValue } from '../codec/values.ts'
import type { Found, Storable } from './backend.ts'
import { readBySchema, type Schema } from './standard-schema.ts'

/** Holds cached values to a schema, and keeps what the schema made of them for who is given them. */
export class Fit {
  static readonly #any = new Fit(undefined)
  readonly #schema: Schema<Storable> | undefined
  readonly #outputs: Map<Storable, Storable> | undefined

  private constructor(schema: Schema<Storable> | undefined) {
    this.#schema = schema
    this.#outputs = schema && new Map<Storable, Storable>()
  }

  /** One for each flight: what it keeps is of the values that it has read. */
  static to(schema: Schema<Storable> | undefined): Fit {
    return schema === undefined ? Fit.#any : new Fit(schema)
  }

  /** Tells whether a value fits. `undefined`: there is no schema, and every value does. */
  get accepts(): ((value: Storable) => Promise<boolean>) | undefined {
    return this.#schema === undefined ? undefined : this.#accepts
  }

  readonly #accepts = async (value: Storable): Promise<boolean> => {
    if (this.#schema === undefined) return true
    const read = await readBySchema(this.#schema, value)
    if (read !== undefined) this.#outputs?.set(value, read.value)
    return read !== undefined
  }

  /** What callers get for a value that was accepted. */
  outputOf({ value }: Found): Storable {
    const output = this.#outputs?.get(value)
    if (output === undefined || output === value) return value
    // Whether it can be copied must not depend on how many get it.
    checkValue(output)
    return output
  }

  /** The same for who is given it while a computation still reads the value. */
  copyOf(found: Found): Storable {
    return copyValue(this.outputOf(found)).value as Storable
  }

  /** What callers get for the result of somebody else's computation; `undefined`: it does not fit. */
  async outputFor(value: Storable): Promise<Storable | undefined> {
    if (this.#schema === undefined) return value
    const output = (await readBySchema(this.#schema, value))?.value
    if (output !== undefined) checkValue(output)
    return output
  }
}
