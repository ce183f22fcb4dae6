import type { Bytes, Seconds } from '../units.ts'
import { parseFields, wholeField } from './fields.ts'
import type { WireKey } from './key.ts'

/** What the server knows of an item, without its value. */
export interface InspectedItem {
  /** Left until it expires; -1: it does not. */
  readonly ttl: Seconds
  /** Since somebody read or stored it. */
  readonly idle: Seconds
  readonly cas: bigint
  readonly fetched: boolean
  readonly slabClass: number
  /** The item with its header and key. */
  readonly size: Bytes
}

const CAS = /^\d{1,20}$/

/**
 * Parses what follows `ME ` in the answer about `key`; `undefined` where it is about another key, or
 * no such answer.
 *
 * Source: memcached doc/protocol.txt, "Meta Debug", and 1.6.18 proto_text.c. The server names the
 * key in the form in which it was stored, base64 or raw, whatever form was asked for, and does not
 * say which.
 */
export function parseInspected(text: string, key: WireKey): InspectedItem | undefined {
  const raw = Buffer.from(key.token, key.base64 ? 'base64' : 'latin1')
  const named = [raw.toString('latin1'), raw.toString('base64')]
  const name = named.find((form) => text.startsWith(`${form} `))
  if (name === undefined) return undefined
  const fields = parseFields(text.slice(name.length + 1).split(' '))
  const exp = wholeField(fields, 'exp')
  const idle = wholeField(fields, 'la')
  const slabClass = wholeField(fields, 'cls')
  const size = wholeField(fields, 'size')
  const cas = fields.get('cas') ?? ''
  if (
    exp === undefined ||
    idle === undefined ||
    slabClass === undefined ||
    size === undefined ||
    !CAS.test(cas)
  ) {
    return undefined
  }
  return {
    // Before 1.6.24 it has the wrong sign: -98 where 98 seconds are left. So the last second is told
    // there as -1, as what never expires.
    ttl: exp === -1 ? -1 : Math.abs(exp),
    idle,
    cas: BigInt(cas),
    fetched: fields.get('fetch') === 'yes',
    slabClass,
    size,
  }
}
