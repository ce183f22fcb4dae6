import { optionError } from '../errors.ts'
import type { Seconds } from '../units.ts'

const U32_MAX = 0xffff_ffff
const U64_MAX = 0xffff_ffff_ffff_ffffn
// The server reads times into a signed 32-bit number and refuses the line beyond.
const TTL_MAX: Seconds = 0x7fff_ffff
// Of a line that ends within 2048 bytes, where a longer one closes the connection (1.6.18).
const PROXY_TOKEN = /^[\x21-\x7e]{1,128}$/

// What checks a word of a command line. Each returns what it was given, or throws
// `ERR_OPTION_INVALID`: nothing unchecked gets into a line.

export function checkTtl(option: string, ttl: Seconds): Seconds {
  if (Number.isInteger(ttl) && ttl >= -1 && ttl <= TTL_MAX) return ttl
  throw optionError(option, ttl, `whole seconds from -1 to ${TTL_MAX}`)
}

export function checkU32(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= U32_MAX) return value
  throw optionError(option, value, `a whole number from 0 to ${U32_MAX}`)
}

export function checkU64(option: string, value: bigint): bigint {
  if (typeof value === 'bigint' && value >= 0n && value <= U64_MAX) return value
  throw optionError(option, value, `a bigint from 0 to ${U64_MAX}`)
}

export function checkProxyToken(option: string, token: string): string {
  if (typeof token === 'string' && PROXY_TOKEN.test(token)) return token
  throw optionError(option, token, '1 to 128 characters of printable ASCII without blanks')
}

/** Whether the option is switched on. A truthy string is a mistake, not a yes. */
export function isOn(option: string, value: boolean | undefined): boolean {
  if (value === true) return true
  if (value === false || value === undefined) return false
  throw optionError(option, value, 'true or false')
}

/** Refuses an option that says nothing, or the contrary, beside what else was asked for. */
export function refuse(option: string, value: unknown, allowed: string): void {
  if (value !== undefined && value !== false) throw optionError(option, value, allowed)
}
