import type { CasToken } from '../../protocol/command.ts'
import type { Bytes, Seconds } from '../../units.ts'

/** What a reading tells of an item besides its value. */
interface MetaFacts {
  /** The client flags it was stored with; 0 where they were not asked for. */
  readonly flags: number
  readonly cas: CasToken | undefined
  /** Left until it expires; `Infinity`: it does not. `undefined` where it was not asked for. */
  readonly ttl: Seconds | undefined
  readonly size: Bytes | undefined
  /** Whether it was read before. `undefined` where it was not asked for. */
  readonly hitBefore: boolean | undefined
  /** Since it was read or stored before this. `undefined` where it was not asked for. */
  readonly lastAccess: Seconds | undefined
  /** This caller was chosen to compute the value anew (the server's `W`). */
  readonly won: boolean
  /** Marked stale by an invalidating delete (`X`). */
  readonly stale: boolean
  /** Somebody else was chosen (`Z`). */
  readonly busy: boolean
}

/** What a key holds. */
export interface MetaHit extends MetaFacts {
  readonly kind: 'hit'
  /** `undefined` where it was not asked for. The caller's own. */
  readonly value: Buffer | undefined
}

/** The key holds the version that `unlessCas` named. */
export interface MetaUnchanged extends MetaFacts {
  readonly kind: 'unchanged'
}

export type MetaGetReply = MetaHit | { readonly kind: 'miss' }

export type MetaSetReply =
  | {
      readonly kind: 'stored'
      /** Of what was stored, where `returnCas` asked for it. */
      readonly cas: CasToken | undefined
      /** Where `returnSize` asked for it, and the server tells. */
      readonly size: Bytes | undefined
    }
  | {
      /**
       * `'not-stored'`: `add` found one; `replace`, `append` or `prepend` none, or the whole would be
       * too large. `'exists'`: the CAS did not match. `'missing'`: nothing to compare it with.
       */
      readonly kind: 'not-stored' | 'exists' | 'missing'
      readonly cas?: undefined
      readonly size?: undefined
    }

/** `'exists'`: the CAS did not match. */
export type MetaDeleteReply = 'deleted' | 'missing' | 'exists'

export type MetaArithmeticReply =
  | {
      readonly kind: 'value'
      /** After the counting. */
      readonly value: bigint
      /** Where `returnCas` asked for it. */
      readonly cas: CasToken | undefined
      /** Where `returnTtl` asked for it; `Infinity`: never expires. */
      readonly ttl: Seconds | undefined
    }
  /** `'exists'`: the CAS did not match. */
  | { readonly kind: 'missing' | 'not-a-number' | 'exists' }
