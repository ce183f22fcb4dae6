import { CacheError, checkOptions, optionError } from '../../errors.ts'
import type { LinesOptions } from '../../net/lines.ts'
import { listItems } from '../../net/listing.ts'
import { hashedKeyStart, listedKey, type WireKey } from '../../protocol/key.ts'
import type { ListedItem } from '../../protocol/listed.ts'
import type { Bytes } from '../../units.ts'
import { readDeleted } from '../commands/answers.ts'
import type { ResolvedMemcachedOptions } from '../options.ts'
import type { Router } from '../routing/router.ts'
import type { Server } from '../routing/server.ts'
import { Bounded } from './bounded.ts'
import { checkCount, checkServers, checkSignal, chosenServers } from './own-options.ts'
import { readAhead } from './read-ahead.ts'

/** One key that a server lists. */
export interface ListedKey {
  readonly server: string
  /**
   * The key, decoded. Where `hashed`: `reprise#`, the key's printable start, `#` and its digest;
   * the whole key is not on the server.
   */
  readonly key: string
  readonly hashed: boolean
  /** Unix time in seconds; `Infinity`: never. */
  readonly expiresAt: number
  /** Unix time in seconds. */
  readonly lastAccessAt: number
  /** Whether anybody has read it. */
  readonly fetched: boolean
  readonly slabClass: number | undefined
  /** Client flags. `undefined` before memcached 1.6.24. */
  readonly flags: number | undefined
  /** With the server's header and the key. */
  readonly sizeBytes: Bytes
}

/** Which keys to list. */
export interface KeysOptions {
  /**
   * Only keys that start so. A hashed key is told by its printable start alone.
   *
   * @default ''
   */
  readonly startsWith?: string | undefined
  /**
   * At most so many, of all servers together.
   *
   * @default Infinity
   */
  readonly limit?: number | undefined
  /**
   * At most so many of each server.
   *
   * @default Infinity
   */
  readonly limitPerServer?: number | undefined
  /** Only of these, by their names in the client's `servers`. Default: of all. */
  readonly servers?: readonly string[] | undefined
  /**
   * `'hash'` lists every key that is there all the while, once. It cannot be slowed down: a server
   * that waits for its reader holds up everybody who asks for a key in the same place. So it is read
   * ahead, up to `maxHeld` keys. `'lru'` is for readers that take their time, and misses keys, or
   * lists them twice, that are used meanwhile.
   *
   * @default 'hash'
   */
  readonly walk?: 'hash' | 'lru' | undefined
  /**
   * Keys that are held for a reader which is slower than the server. With more the rest of that
   * server is not listed: after those that are held it rejects with `ERR_OVERLOADED`.
   *
   * @default 100000
   */
  readonly maxHeld?: number | undefined
  /** Only items of these slab classes, 1 to 63, with `walk: 'lru'`. Default: of all. */
  readonly slabClasses?: readonly number[] | undefined
  /** Ends it, with its reason, also while it waits for a server. */
  readonly signal?: AbortSignal | undefined
}

type KeysDefault = 'startsWith' | 'limit' | 'limitPerServer' | 'walk' | 'maxHeld'

/** What `keys` uses where its options are silent. */
export const KEYS_DEFAULTS: { readonly [Name in KeysDefault]: NonNullable<KeysOptions[Name]> } =
  Object.freeze({
    startsWith: '',
    limit: Infinity,
    limitPerServer: Infinity,
    walk: 'hash',
    maxHeld: 100_000,
  })

const OPTIONS = [...Object.keys(KEYS_DEFAULTS), 'servers', 'slabClasses', 'signal']

// How `deleteListed` finds the key again that was listed, whatever form it is stored in.
const WIRE = new WeakMap<ListedKey, WireKey>()

export async function deleteListed(router: Router, listed: ListedKey): Promise<boolean> {
  // None, where it has no form that is safe to send, or did not come from a listing.
  const wire = WIRE.get(listed)
  if (wire === undefined) {
    throw optionError('listed', listed, 'an object that `keys` yielded, its key safe to send')
  }
  return router.deleteOn(listed.server, wire, listed.key, readDeleted)
}

interface Listing {
  readonly startsWith: string
  readonly limit: number
  readonly limitPerServer: number
  readonly which: string
  /** `undefined`: it is read at its reader's pace. */
  readonly maxHeld: number | undefined
}

/** Throws what is wrong with `options`; connects with the first `next`. */
export function listKeys(
  router: Router,
  options: KeysOptions,
  settings: ResolvedMemcachedOptions,
): AsyncGenerator<ListedKey, void, undefined> {
  checkOptions('the options of `keys`', options, OPTIONS)
  const d = KEYS_DEFAULTS
  const { startsWith = d.startsWith, limit = d.limit, limitPerServer = d.limitPerServer } = options
  const { walk = d.walk, maxHeld = d.maxHeld, slabClasses } = options
  if (typeof startsWith !== 'string') throw optionError('startsWith', startsWith, 'a string')
  if (walk !== 'hash' && walk !== 'lru') throw optionError('walk', walk, "'hash' or 'lru'")
  const held = checkCount('maxHeld', maxHeld, 1, Infinity)
  const listing: Listing = {
    startsWith,
    limit: checkCount('limit', limit, 0, Infinity),
    limitPerServer: checkCount('limitPerServer', limitPerServer, 0, Infinity),
    which: walk === 'hash' ? hashWalk(slabClasses) : lruWalk(slabClasses),
    maxHeld: walk === 'hash' ? held : undefined,
  }
  const names = options.servers
  checkServers(router, names)
  const servers = (): Promise<readonly Server[]> => chosenServers(router, names)
  const signals = [router.closing, checkSignal(options.signal)]
  return new Bounded(signals, (signal) => listEach(servers, listing, settings, signal))
}

async function* listEach(
  servers: () => Promise<readonly Server[]>,
  listing: Listing,
  settings: ResolvedMemcachedOptions,
  signal: AbortSignal,
): AsyncGenerator<ListedKey, void, undefined> {
  const { limit, limitPerServer, maxHeld } = listing
  // A crawler yields to the server's other work.
  const patienceMs = 10 * settings.timeoutMs
  const opening = { ...settings, answerMs: patienceMs, silenceMs: patienceMs, signal }
  let left = limit
  for (const server of await servers()) {
    const most = Math.min(left, limitPerServer)
    if (most === 0) continue
    const matching = matchingKeys(server, listing, most, opening)
    const overflow = (): CacheError => overflowError(server.name, maxHeld)
    const keys = maxHeld === undefined ? matching : readAhead(matching, maxHeld, overflow)
    for await (const some of keys) {
      for (const listed of some) yield listed
      left -= some.length
    }
  }
}

/** Of one server, and no more than `most`. */
async function* matchingKeys(
  { name, address }: Server,
  { startsWith, which }: Listing,
  most: number,
  opening: LinesOptions,
): AsyncGenerator<readonly ListedKey[], void, undefined> {
  let left = most
  for await (const items of listItems(address, which, opening)) {
    const keys: ListedKey[] = []
    for (const item of items) {
      const listed = describe(name, item)
      const start = listed.hashed ? hashedKeyStart(listed.key) : listed.key
      if (start.startsWith(startsWith)) keys.push(listed)
    }
    if (keys.length > 0) yield keys.slice(0, left)
    left -= keys.length
    if (left <= 0) return
  }
}

function overflowError(server: string, maxHeld: number | undefined): CacheError {
  return new CacheError(
    'ERR_OVERLOADED',
    `The server ${server} lists faster than its keys are read: ${maxHeld} are held (\`maxHeld\`).`,
    { server },
  )
}

function describe(server: string, item: ListedItem): ListedKey {
  const wire = listedKey(item.key)
  const listed: ListedKey = {
    server,
    key: item.key.toString('utf8'),
    hashed: wire?.hashed === true,
    expiresAt: item.expiresAt === -1 ? Infinity : item.expiresAt,
    lastAccessAt: item.lastAccessAt,
    fetched: item.fetched,
    slabClass: item.slabClass,
    flags: item.flags,
    sizeBytes: item.size,
  }
  if (wire !== undefined) WIRE.set(listed, wire)
  return listed
}

// Source: memcached slabs.c, `MAX_NUMBER_OF_SLAB_CLASSES`; others are `BADCLASS`.
const MAX_CLASS = 63

function hashWalk(classes: readonly number[] | undefined): string {
  if (classes === undefined) return 'hash'
  throw optionError('slabClasses', classes, "left out, or used with `walk: 'lru'`")
}

function lruWalk(classes: readonly number[] | undefined): string {
  if (classes === undefined) return 'all'
  const isClass = (id: unknown): boolean =>
    typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= MAX_CLASS
  if (!Array.isArray(classes) || classes.length === 0 || !classes.every(isClass)) {
    throw optionError('slabClasses', classes, `a list of whole numbers from 1 to ${MAX_CLASS}`)
  }
  return [...new Set(classes)].join(',')
}
