/**
 * Holes in a page: parts that are rendered for each request, inside a page that is stored.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { publishError } from '../channels.ts'
import { CacheError, optionError } from '../errors.ts'

/** What a hole was given where it stands, such as the number of its row. It is stored with the page. */
export type PageHoleValues = Readonly<Record<string, string | number | boolean | null>>

/** What renders each hole for one request, by the names of the holes. */
export type PageHoles = Readonly<
  Record<string, (values: PageHoleValues) => string | Promise<string>>
>

/** A hole that was asked for: what renders it, and what that is given. */
export type HoleCall = readonly [name: string, values: PageHoleValues]

/** Where a body has a hole: so many bytes from its start, and which of the calls it is. */
export type HolePlace = readonly [at: number, call: number]

/** The holes of a stored page: in the order of their places. */
export interface StoredHoles {
  readonly calls: readonly HoleCall[]
  readonly places: readonly HolePlace[]
}

/** Each is a call of a function per request: more than that is a page of its own. */
export const MAX_HOLES = 1000

/** 128 bits as decimal digits, and the number of the hole behind them. */
const NONCE_DIGITS = 39
const NUMBER_DIGITS = 6
export const NONCE_BYTES: number = NONCE_DIGITS
export const PLACEHOLDER_BYTES: number = NONCE_DIGITS + NUMBER_DIGITS

/**
 * The digits that the placeholders of one rendering begin with. Digits only, since no escaping, no
 * upper case and no trimming changes them; random, since then no content can hold one.
 */
export function placeholderNonce(): string {
  return BigInt(`0x${randomBytes(16).toString('hex')}`)
    .toString()
    .padStart(NONCE_DIGITS, '0')
}

/** The text that stands for the hole of this number. */
export function placeholderOf(nonce: string, number: number): string {
  return `${nonce}${String(number).padStart(NUMBER_DIGITS, '0')}`
}

/** The holes that were asked for while one page is rendered. */
export class HoleMarks {
  readonly calls: HoleCall[] = []
  #nonce: string | undefined
  #holes: PageHoles
  #isClosed = false

  constructor(holes: PageHoles) {
    this.#holes = holes
  }

  get nonce(): string {
    this.#nonce ??= placeholderNonce()
    return this.#nonce
  }

  get hasAny(): boolean {
    return this.calls.length > 0
  }

  get holes(): PageHoles {
    return this.#holes
  }

  /** Another page cache goes on with the same page. */
  extend(holes: PageHoles): void {
    this.#holes = { ...this.#holes, ...holes }
  }

  /** The head is about to be sent: what it says no hole may change any more. */
  close(): void {
    this.#isClosed = true
  }

  mark(name: string, values: PageHoleValues): string {
    if (!Object.hasOwn(this.#holes, name)) {
      const names = Object.keys(this.#holes).join(', ')
      throw optionError('name', name, `a hole of the page: ${names === '' ? 'it has none' : names}`)
    }
    if (!isHoleValues(values)) {
      // Not shown: they may be a visitor's own.
      const message =
        '`values` of a hole must be an object of texts, finite numbers, booleans and nulls.'
      throw new CacheError('ERR_OPTION_INVALID', message)
    }
    if (this.#isClosed) {
      const message = `The hole "${name}" comes too late: call \`pageHole\` before the head of the page is sent.`
      throw new CacheError('ERR_OPTION_INVALID', message)
    }
    if (this.calls.length === MAX_HOLES) {
      throw new CacheError('ERR_OPTION_INVALID', `A page has at most ${MAX_HOLES} holes.`)
    }
    this.calls.push([name, { ...values }])
    return placeholderOf(this.nonce, this.calls.length - 1)
  }
}

/** Whether all of these can be rendered: a newer deploy may have dropped one. */
export function canFill({ calls }: StoredHoles, holes: PageHoles | undefined): boolean {
  return holes !== undefined && calls.every(([name]) => Object.hasOwn(holes, name))
}

/**
 * Renders holes, all at once. One that fails is empty, and its error is published: the rest of the page
 * does not depend on it, and may be on its way already.
 */
export function renderHoles(calls: readonly HoleCall[], holes: PageHoles): Promise<Buffer>[] {
  return calls.map(([name, values]) => renderHole(name, values, holes))
}

async function renderHole(name: string, values: PageHoleValues, holes: PageHoles): Promise<Buffer> {
  try {
    // A copy: the values of a hit are those of all later ones.
    const text: unknown = await holes[name]?.({ ...values })
    if (typeof text === 'string') return Buffer.from(text)
    const message = `The hole "${name}" must give a text: it gave ${text === null ? 'null' : typeof text}.`
    throw new CacheError('ERR_OPTION_INVALID', message)
  } catch (error) {
    publishError({ error, operation: 'page' })
    return Buffer.alloc(0)
  }
}

export function isHoleValues(values: unknown): values is PageHoleValues {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return false
  return Object.values(values).every(
    (value) =>
      value === null ||
      typeof value === 'string' ||
      typeof value === 'boolean' ||
      Number.isFinite(value),
  )
}

/**
 * @throws {@link CacheError} `ERR_OPTION_INVALID` for what is no object of functions.
 */
export function checkHoles(holes: unknown): void {
  if (holes === undefined) return
  const isObject = typeof holes === 'object' && holes !== null && !Array.isArray(holes)
  const wrong = isObject
    ? Object.entries(holes).find(([name, hole]) => name === '' || typeof hole !== 'function')
    : undefined
  if (isObject && wrong === undefined) return
  throw optionError(
    'holes',
    wrong?.[0] ?? holes,
    'an object of functions, by the names of the holes',
  )
}

/** Reads what was stored, or `undefined` where it is nothing of ours. */
export function storedHolesOf(value: unknown): StoredHoles | undefined {
  const { calls, places } = Object(value)
  if (!Array.isArray(calls) || !Array.isArray(places)) return undefined
  if (calls.length > MAX_HOLES || !calls.every(isCall)) return undefined
  let last = 0
  const isPlace = (place: unknown) => {
    if (!Array.isArray(place) || place.length !== 2) return false
    const [at, call]: unknown[] = place
    const isNext = Number.isSafeInteger(at) && Number(at) >= last
    last = Number(at)
    return isNext && Number.isInteger(call) && Number(call) >= 0 && Number(call) < calls.length
  }
  return places.length > 0 && places.every(isPlace) ? { calls, places } : undefined
}

function isCall(call: unknown): call is HoleCall {
  if (!Array.isArray(call) || call.length !== 2) return false
  const [name, values]: unknown[] = call
  return typeof name === 'string' && isHoleValues(values)
}
