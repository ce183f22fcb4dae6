import type { Clock } from '../../clock.ts'
import { optionError } from '../../errors.ts'
import type { WireTtl } from '../../protocol/command.ts'
import { type GetFlags, getFlags, type SetFlags } from '../../protocol/meta.ts'
import { PLAIN_FLAGS, type ReadFlags, readFlags } from '../../protocol/read-lines.ts'
import type { Seconds } from '../../units.ts'
import type { MetaGetOptions, MetaSetOptions } from './meta-options.ts'
import { RELATIVE_MAX, wireTtl } from './ttl.ts'

/** The flags that were made of some options. */
interface Made {
  readonly vivify: Seconds | undefined
  readonly flags: ReadFlags
}

const SWITCHES = 8
const NO_SWITCH = 2 ** SWITCHES

/** Turns a caller's options into what the server is told: lifetimes above all. */
export class MetaFlags {
  readonly #usualTtl: Seconds
  readonly #clock: Clock
  /** By the switches that are on: see `switchesOf`. */
  readonly #made: (Made | undefined)[] = Array.from({ length: 2 ** SWITCHES })

  constructor({ ttl, clock }: { readonly ttl: Seconds; readonly clock: Clock }) {
    this.#usualTtl = ttl
    this.#clock = clock
  }

  get(options: MetaGetOptions): GetFlags {
    const { vivify, touch, recache } = options
    if (vivify === undefined && touch === undefined && recache === undefined) return options
    if (recache !== undefined && !(recache > 0 && recache < Infinity)) {
      throw optionError('recache', recache, 'seconds above 0')
    }
    // One literal, not a spread: there is one for each reading that asks for a lease.
    return {
      value: options.value,
      flags: options.flags,
      cas: options.cas,
      ttl: options.ttl,
      size: options.size,
      hitBefore: options.hitBefore,
      lastAccess: options.lastAccess,
      vivify: this.ttl('vivify', vivify),
      touch: this.ttl('touch', touch),
      recache: this.ttl('recache', recache),
      noBump: options.noBump,
      newCas: options.newCas,
      proxy: options.proxy,
    }
  }

  /**
   * The flags of a command with these options, which neither touch nor make a version. What was made
   * last for the same switches is made use of: to put the words together costs more than to send them.
   */
  reading(options: MetaGetOptions): ReadFlags {
    const { vivify, recache, proxy } = options
    const switches = switchesOf(options)
    const isKept = proxy === undefined && recache === undefined && switches !== undefined
    const known = isKept ? this.#made[switches] : undefined
    if (known !== undefined && known.vivify === vivify) return known.flags
    const text = getFlags(this.get(options))
    const flags = text === PLAIN_FLAGS.text ? PLAIN_FLAGS : readFlags(text)
    // Beyond that it is a point in time.
    const isLasting = vivify === undefined || vivify <= RELATIVE_MAX
    if (isKept && isLasting) this.#made[switches] = { vivify, flags }
    return flags
  }

  // One literal, not a spread: there is one for each value that is stored.
  set(options: MetaSetOptions): SetFlags {
    const { ttl, mode } = options
    return {
      flags: options.flags,
      ttl: extendsItem(mode) ? this.ttl('ttl', ttl) : this.newTtl(ttl),
      mode,
      compareCas: options.compareCas,
      returnCas: options.returnCas,
      invalidate: options.invalidate,
      returnSize: options.returnSize,
      vivify: this.ttl('vivify', options.vivify),
      newCas: options.newCas,
      proxy: options.proxy,
    }
  }

  ttl(option: string, ttl: Seconds | undefined): WireTtl | undefined {
    return ttl === undefined ? undefined : wireTtl(ttl, this.#clock, option)
  }

  /** Of an item that is made: the client's own where the caller named none. */
  newTtl(ttl: Seconds | undefined): WireTtl {
    return wireTtl(ttl ?? this.#usualTtl, this.#clock)
  }
}

export function extendsItem(mode: MetaSetOptions['mode']): boolean {
  return mode === 'append' || mode === 'prepend'
}

/** A number that tells the switches of some options; `undefined`: one of them is no switch. */
function switchesOf(options: MetaGetOptions): number | undefined {
  const { value, flags, cas, ttl, size, hitBefore, lastAccess, noBump } = options
  const bits =
    bitOf(value) |
    (bitOf(flags) << 1) |
    (bitOf(cas) << 2) |
    (bitOf(ttl) << 3) |
    (bitOf(size) << 4) |
    (bitOf(hitBefore) << 5) |
    (bitOf(lastAccess) << 6) |
    (bitOf(noBump) << 7)
  return bits < NO_SWITCH ? bits : undefined
}

function bitOf(value: boolean | undefined): number {
  if (value === true) return 1
  return value === undefined || value === false ? 0 : NO_SWITCH
}
