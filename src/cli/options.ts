import { CacheError } from '../errors.ts'
import { parseDuration, type Seconds } from '../units.ts'
import { UsageError } from './usage.ts'

/** A number that an option may be, and what it is when left out. */
export interface Range {
  readonly least: number
  readonly most: number
  readonly otherwise: number
}

/** The options of one call, by their names in camelCase, checked where they are asked for. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  /** The same, and `name` as given. */
  with(name: string, value: string): Options {
    return new Options({ ...this.#values, [name]: value })
  }

  /** Of `--name`. */
  flag(name: string): boolean {
    return this.#values[name] === true
  }

  /** Of `--no-name`: `false` where it was written. */
  kept(name: string): boolean {
    return this.#values[name] !== false
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    if (value === undefined || value === false) return undefined
    if (Array.isArray(value)) throw new UsageError(`${dashed(name)} is given more than once.`)
    if (typeof value === 'boolean' || value === '') {
      throw new UsageError(`${dashed(name)} needs a value.`)
    }
    return String(value)
  }

  count(name: string, { least, most, otherwise }: Range): number {
    const text = this.text(name)
    if (text === undefined) return otherwise
    const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (count >= least && count <= most) return count
    const range = most === Infinity ? `${least} or more` : `from ${least} to ${most}`
    throw new UsageError(`${dashed(name)} is ${text}: it must be a whole number ${range}.`)
  }

  /** `500ms`, `1s`, `1m`; a bare number is seconds. */
  seconds(name: string, { least, most, otherwise }: Range): Seconds {
    const text = this.text(name)
    if (text === undefined) return otherwise
    try {
      const seconds = parseDuration(name, /^[\d.]+$/.test(text) ? Number(text) : (text as '1s'))
      if (seconds >= least && seconds <= most) return seconds
    } catch (error) {
      if (!CacheError.is(error)) throw error
    }
    const longest = most === 86_400 ? 'a day' : `${most} seconds`
    throw new UsageError(
      `${dashed(name)} is ${text}: it must be a time from ${least} seconds to ${longest}, such as 500ms, 1s or 1m.`,
    )
  }

  /** One of `allowed`, or the first of them. */
  choice<Choice extends string>(name: string, allowed: readonly [Choice, ...Choice[]]): Choice {
    const text = this.text(name)
    if (text === undefined) return allowed[0]
    const choice = allowed.find((one) => one === text)
    if (choice !== undefined) return choice
    throw new UsageError(`${dashed(name)} is ${text}: it must be one of ${allowed.join(', ')}.`)
  }
}

function dashed(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
