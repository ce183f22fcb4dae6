import type { Clock } from '../../clock.ts'
import { optionError } from '../../errors.ts'
import type { WireTtl } from '../../protocol/command.ts'
import type { GetFlags, SetFlags } from '../../protocol/meta.ts'
import type { Seconds } from '../../units.ts'
import type { MetaGetOptions, MetaSetOptions } from './meta-options.ts'
import { wireTtl } from './ttl.ts'

/** Turns a caller's options into what the server is told: lifetimes above all. */
export class MetaFlags {
  readonly #usualTtl: Seconds
  readonly #clock: Clock

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
