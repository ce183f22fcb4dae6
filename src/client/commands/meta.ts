import { CacheError, optionError } from '../../errors.ts'
import type { MetaCommand } from '../../protocol/command.ts'
import { type WireKey, wireKey } from '../../protocol/key.ts'
import { metaArithmetic, metaDelete, metaGet, metaGetBy, metaSet } from '../../protocol/meta.ts'
import { PLAIN_FLAGS } from '../../protocol/read-lines.ts'
import { ChunkCommands } from '../chunks/chunk-commands.ts'
import { type Whole, wholeOf } from '../chunks/chunked-reading.ts'
import type { ResolvedMemcachedOptions } from '../options.ts'
import type { Found } from '../routing/batch.ts'
import { Failures, type Instead } from '../routing/outage.ts'
import type { Reader } from '../routing/reader.ts'
import type { CallOptions, Router } from '../routing/router.ts'
import { gated, readItem, readUnlessCas, VOID } from './answers.ts'
import type { Item } from './item.ts'
import { extendsItem, MetaFlags } from './meta-flags.ts'
import type {
  MetaArithmeticOptions,
  MetaDeleteOptions,
  MetaGetOptions,
  MetaGetUnlessOptions,
  MetaSetOptions,
} from './meta-options.ts'
import type { MetaGetReply, MetaUnchanged } from './meta-replies.ts'
import { ownBytes } from './values.ts'

/**
 * The meta commands over a {@link Router}: options converted, and read as the caller needs it. The
 * options' names come checked; their values are checked where the command is built, so that what is
 * wrong with them rejects.
 */
export class MetaCommands {
  readonly #router: Router
  readonly #options: ResolvedMemcachedOptions
  readonly #flags: MetaFlags
  /** `undefined`: values are not split. */
  readonly chunks: ChunkCommands | undefined
  readonly #whole: Whole | undefined

  constructor(router: Router, options: ResolvedMemcachedOptions) {
    this.#router = router
    this.#options = options
    this.#flags = new MetaFlags(options)
    this.chunks = options.chunking && new ChunkCommands(router, options, options.chunking)
    this.#whole = this.chunks && wholeOf(this, this.chunks)
  }

  /** Values and flags: see {@link Router.getSlice}. */
  items(
    operation: string,
    keys: readonly string[],
    found: Found,
    failures: Failures,
  ): Promise<boolean> {
    return this.#router.getSlice(operation, keys, found, failures)
  }

  /** For one call for many keys. */
  failures(operation: string, signal: AbortSignal | undefined): Failures {
    return new Failures(operation, this.#options.onFailure, signal)
  }

  /** For what takes more than a command: gives `instead` for an outage, where the client does. */
  async orInstead<T>(
    instead: Instead<T>,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
  ): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (this.#options.onFailure === 'throw') throw error
      return instead.of(error, signal)
    }
  }

  /** The value and its flags: a hit's shortest way. Whole without `options`, else as it is stored. */
  item(
    operation: string,
    key: string,
    instead: Instead<Item | undefined> | undefined,
    options?: CallOptions,
  ): Promise<Item | undefined> {
    if (options === undefined) {
      return this.#router.get(operation, key, this.#hidden(instead), this.#whole)
    }
    return this.#send(operation, key, options, plainGet, readItem, false, instead)
  }

  /** With `instead`, which is for the everyday calls, an outage is that where the client hides it. */
  get<T>(
    operation: string,
    key: string,
    options: MetaGetOptions,
    read: Reader<T>,
    instead?: Instead<T>,
  ): Promise<T> {
    const { touch, newCas, routeKey, signal, timeoutMs } = options
    if (
      touch === undefined &&
      newCas === undefined &&
      signal === undefined &&
      timeoutMs === undefined
    ) {
      try {
        const flags = this.#flags.reading(options)
        return this.#router.read(
          operation,
          key,
          routeKey ?? key,
          flags,
          read,
          this.#hidden(instead),
        )
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.#send(
      operation,
      key,
      options,
      (wire) => metaGet(wire, this.#flags.get(options)),
      gated(read, newCas === undefined ? undefined : 'newCas'),
      touch !== undefined,
      instead,
    )
  }

  /** As `get`, of a value that the caller may have. Async where the token's connection has ended. */
  async getUnless(
    operation: string,
    key: string,
    { unlessCas, ...options }: MetaGetUnlessOptions,
    read: Reader<MetaGetReply>,
  ): Promise<MetaGetReply | MetaUnchanged> {
    if (options.value === false) {
      throw optionError('value', false, 'left out beside `unlessCas`, which reads the value')
    }
    // The version comes along to be compared here: 1.6.18 does not read `C`.
    const wanted: MetaGetOptions = { ...options, value: true, cas: true }
    if (unlessCas !== undefined) {
      const reply = await this.#send(
        operation,
        key,
        wanted,
        (wire) => metaGet(wire, { ...this.#flags.get(wanted), unlessCas }),
        gated(readUnlessCas(unlessCas, read), options.newCas === undefined ? undefined : 'newCas'),
        options.touch !== undefined,
      )
      if (reply !== VOID) return reply
    }
    return this.get(operation, key, wanted, read)
  }

  set<T>(
    operation: string,
    key: string,
    value: string | Uint8Array,
    options: MetaSetOptions,
    read: Reader<T>,
    instead?: Instead<T>,
  ): Promise<T> {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    return this.#store(operation, key, bytes, options, read, bytes !== value, instead)
  }

  /** As `set`, of bytes that nobody will change. */
  setOwned<T>(
    operation: string,
    key: string,
    bytes: Uint8Array,
    options: MetaSetOptions,
    read: Reader<T>,
  ): Promise<T> {
    return this.#store(operation, key, bytes, options, read, true)
  }

  delete<T>(
    operation: string,
    key: string,
    options: MetaDeleteOptions,
    read: Reader<T>,
    instead?: Instead<T>,
  ): Promise<T> {
    const { ttl, dropValue, newCas } = options
    return this.#send(
      operation,
      key,
      options,
      (wire) =>
        metaDelete(wire, {
          ...options,
          ttl: dropValue === true ? this.#flags.newTtl(ttl) : this.#flags.ttl('ttl', ttl),
        }),
      gated(read, dropValue === true ? 'dropValue' : newCas === undefined ? undefined : 'newCas'),
      // Who meant one version only must not take another with it.
      options.compareCas === undefined,
      instead,
    )
  }

  arithmetic<T>(
    operation: string,
    key: string,
    options: MetaArithmeticOptions,
    read: Reader<T>,
  ): Promise<T> {
    return this.#send(
      operation,
      key,
      options,
      (wire) =>
        metaArithmetic(wire, {
          ...options,
          ttl: this.#flags.newTtl(options.ttl),
          touch: this.#flags.ttl('touch', options.touch),
        }),
      gated(read, options.newCas === undefined ? undefined : 'newCas'),
      false,
    )
  }

  #store<T>(
    operation: string,
    key: string,
    bytes: Uint8Array,
    options: MetaSetOptions,
    read: Reader<T>,
    isOwned: boolean,
    instead?: Instead<T>,
  ): Promise<T> {
    if (bytes instanceof Uint8Array && bytes.length > this.#options.maxValueBytes) {
      return this.#refuse(key, bytes, options)
    }
    return this.#send(
      operation,
      key,
      options,
      (wire) => metaSet(wire, isOwned ? bytes : ownBytes(bytes), this.#flags.set(options)),
      gated(read, options.newCas === undefined ? undefined : 'newCas'),
      overwrites(options),
      instead,
    )
  }

  #send<T>(
    operation: string,
    key: string,
    { routeKey, signal, timeoutMs }: CallOptions,
    command: (wire: WireKey) => MetaCommand,
    read: Reader<T>,
    replayed: boolean,
    instead?: Instead<T>,
  ): Promise<T> {
    return this.#router.send({
      operation,
      key,
      routeKey,
      signal,
      timeoutMs,
      command,
      read,
      replayed,
      instead: this.#hidden(instead),
    })
  }

  #hidden<T>(instead: Instead<T> | undefined): Instead<T> | undefined {
    return this.#options.onFailure === 'miss' ? instead : undefined
  }

  // The server deletes the old value when it refuses a larger one; who refuses here does the same,
  // or the old value would outlive the attempt to replace it.
  async #refuse(key: string, value: Uint8Array, options: MetaSetOptions): Promise<never> {
    const wire = wireKey(key)
    metaSet(wire, value, this.#flags.set(options))
    const routeKey = options.routeKey ?? key
    if (overwrites(options)) await this.#router.discard(wire, routeKey)
    throw new CacheError(
      'ERR_VALUE_TOO_LARGE',
      `A value of ${value.length} bytes was not sent: \`maxValueBytes\` is ${this.#options.maxValueBytes}.`,
    )
  }
}

function plainGet(wire: WireKey): MetaCommand {
  return metaGetBy(wire, PLAIN_FLAGS.text)
}

// `add` leaves what is there, and so does a failed compare: neither leaves a value that the caller
// meant to be gone. What is appended replaces nothing: to delete the rest would lose it.
function overwrites({ mode, compareCas }: MetaSetOptions): boolean {
  return mode !== 'add' && !extendsItem(mode) && compareCas === undefined
}
