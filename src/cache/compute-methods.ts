import type { Storable } from './backend.ts'
import type { Compute, ComputeMany } from './computation.ts'
import type { GetOrSetManyOptions, GetOrSetOptions } from './get-or-set-options.ts'
import type { Schema } from './standard-schema.ts'

/** What a `Cache` does with values that it has somebody compute. */
export interface ComputeMethods {
  /**
   * Returns the value under `key`; on a miss computes it, stores it and returns it.
   *
   * One computation at a time for each key, in this process and, by a lease, in all that share the
   * backend. Calls that overlap in this process share one computation, the first one's, and each gets
   * its own copy; other processes wait up to `waitMs` and then compute for themselves, without
   * storing. A value that was set, deleted or invalidated while it was computed is not overwritten.
   *
   * If `compute` rejects, or throws, all who wait in this process reject with its reason, at once, and
   * nothing is stored; an old value (`staleIfError`) or a `default` takes its place where there is
   * one, and the reason is published on `reprise:error`. `compute` must not ask for its own key: it
   * would wait for itself.
   *
   * One round trip for a hit; a value that the backend has in this process is given without a turn of
   * the event loop. A `compute` that takes the `Computation` costs one more on a miss, so that
   * it may name tags.
   *
   * @throws {@link CacheError} `ERR_VALUE_INVALID` where `compute` gives `undefined`, something that
   * cannot be kept, or what the `schema` refuses; `ERR_TIMEOUT` after `hardTimeoutMs`. A value over
   * the backend's size limit is returned all the same. The reason of `signal`, once it is aborted.
   */
  getOrSet<Output extends Storable, D = never>(
    key: string,
    compute: Compute<Storable>,
    options: GetOrSetOptions & { readonly schema: Schema<Output>; readonly default?: D },
  ): Promise<Output | D>
  getOrSet<T extends Storable, D>(
    key: string,
    compute: Compute<T>,
    options: GetOrSetOptions & { readonly default: D },
  ): Promise<T | D>
  getOrSet<T extends Storable>(
    key: string,
    compute: Compute<T>,
    options?: GetOrSetOptions,
  ): Promise<T>

  /**
   * Returns the values under `keys`, by key; those that are missing are computed in one run of
   * `computeMissing`, stored and returned.
   *
   * It is given the keys that are this caller's to compute: those that nobody has and nobody computes,
   * and with them those that are due for a refresh. It gives a Map, an iterable of pairs or an object.
   * A key that it leaves out has no value: it is absent from what is returned, nothing is stored for
   * it, and the next caller computes it; give `null` to keep that there is nothing. Other keys are
   * ignored. What other callers compute is waited for, as by `getOrSet`: what they give up is a run of
   * its own as soon as this caller has the right to it, and what they do not bring within `waitMs` is
   * a last one, and is not stored. Overlapping calls in this process, of `getOrSet` too, compute no
   * key twice, and each gets its own copies.
   *
   * If `computeMissing` rejects, or throws, so does the call, unless all its keys have old values by
   * `staleIfError`. As many round trips as servers for each 1000 keys, and on a miss as many again.
   *
   * @throws {@link CacheError} as {@link ComputeMethods.getOrSet}.
   */
  getOrSetMany<T extends Storable, Options extends GetOrSetManyOptions = GetOrSetManyOptions>(
    keys: Iterable<string>,
    computeMissing: ComputeMany<T>,
    options?: Options,
  ): Promise<Map<string, Answered<T, Options>>>
}

/** What callers are given: the value that was computed, or what their schema makes of it. */
export type Answered<T, Options> = Options extends { readonly schema: Schema<infer Output> }
  ? Output
  : T
