import type { Cache } from '../cache/cache.ts'
import type { LookupOptions } from '../cache/lookup.ts'
import { fragmentChannel, publishError } from '../channels.ts'
import { CacheError, shown } from '../errors.ts'
import type { HoleValues, Part } from './content.ts'
import { type FragmentOptions, type PlacedFragment, placeFragment } from './fragment-options.ts'
import { type Contained, Frame, missingHole } from './frame.ts'
import { Placeholders } from './placeholders.ts'
import { currentScope, runInScope, Scope } from './scope.ts'
import { FragmentSlot } from './slot.ts'
import type { FragmentSource } from './source.ts'
import { waitForOthers } from './waiting.ts'

/** Renders an uncached part, with the values that it was given where it stood. */
export type AsyncHoleBody = (values: HoleValues) => string | Promise<string>

/** How one {@link fragment} is named, kept and waited for. */
export interface FragmentCallOptions extends FragmentOptions {
  /** Its uncached parts by name, and those of the fragments inside it: each is rendered on each call. */
  readonly holes?: Readonly<Record<string, AsyncHoleBody>> | undefined
  /** How long to wait while another process renders it. Default: the alias's. */
  readonly waitMs?: LookupOptions['waitMs']
}

/** What the body of a {@link fragment} is handed. */
export interface FragmentBody {
  /**
   * Returns what stands for the uncached part `name` in the text that the body returns. The values
   * are kept with the text and handed to the part each time.
   */
  hole(name: string, values?: HoleValues): string
}

/** Makes the text of a fragment. */
export type FragmentRender = (body: FragmentBody) => string | Promise<string>

const NO_HOLES: Readonly<Record<string, AsyncHoleBody>> = Object.freeze({})

/**
 * Returns the fragment `name`, from the cache or from `render`: for tagged templates, plain
 * functions, and every engine that renders asynchronously.
 *
 * A hit does not run `render` and takes one round trip; all that are asked for in one turn of the
 * event loop share it. Overlapping calls for one fragment share one run, in the process and across
 * the fleet. With `staleWhileRevalidate` an old text is returned at once, and the one caller who may
 * renders in the background. An empty text is kept like any other. What `render` throws reaches the
 * caller, and nothing is kept. A fragment whose `render` awaits others is kept no longer than they
 * are and has their tags.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { fragment } from 'reprise/fragments'
 *
 * const caches = createCaches({ default: 'memory://' })
 * const html = await fragment(caches, 'greeting', { ttl: '15m', varyOn: ['en'] }, () => '<p>Hello</p>')
 * ```
 *
 * @throws {@link CacheError} `ERR_KEY_INVALID`, `ERR_OPTION_INVALID` or `ERR_ALIAS_UNKNOWN`, before
 * anything is sent or rendered; `ERR_VALUE_INVALID` where `render` returns something but text.
 */
export async function fragment(
  source: FragmentSource,
  name: string,
  options: FragmentCallOptions,
  render: FragmentRender,
): Promise<string> {
  const placed = placeFragment(source, name, options, ['holes', 'waitMs'])
  const { holes = NO_HOLES, waitMs } = options
  const outer = currentScope()
  const slot = new FragmentSlot(placed, holes === NO_HOLES ? undefined : Object.keys(holes))
  const make = (into: FragmentSlot) => renderBody(into, holes, outer, render)
  try {
    const made = await madeOf(slot, make, waitMs)
    outer?.frame.add(made)
    return await shownText(placed, made.parts, holes, outer)
  } finally {
    if (fragmentChannel.hasSubscribers) await slot.publish().catch(noop)
  }
}

/**
 * Returns one fragment for each of `items`: all are read in one round trip. What of the options
 * depends on the item is told by a function of it.
 *
 * @example
 * ```ts
 * import { createCaches } from 'reprise'
 * import { fragmentEach } from 'reprise/fragments'
 *
 * const caches = createCaches({ default: 'memory://' })
 * const posts = [{ id: 7, title: 'Seven' }]
 * const rows = await fragmentEach(
 *   caches,
 *   'row',
 *   posts,
 *   (post) => ({ ttl: '1h', varyOn: [post.id] }),
 *   (post) => `<li>${post.title}</li>`,
 * )
 * console.log(rows.join(''))
 * ```
 *
 * @throws As {@link fragment}, once all of them have come to an end.
 */
export async function fragmentEach<Item>(
  source: FragmentSource,
  name: string,
  items: Iterable<Item>,
  optionsOf: (item: Item, index: number) => FragmentCallOptions,
  render: (item: Item, body: FragmentBody, index: number) => string | Promise<string>,
): Promise<string[]> {
  const asked = Array.from(items, (item, index) =>
    fragment(source, name, optionsOf(item, index), (body) => render(item, body, index)),
  )
  await Promise.allSettled(asked)
  return Promise.all(asked)
}

/** A text that is known, as it was when it became so. */
interface Made extends Contained {
  readonly parts: readonly Part[]
}

/** Bodies that run in this process now, by where their texts go. */
const running = new WeakMap<Cache, Map<string, Promise<Made>>>()

async function madeOf(
  slot: FragmentSlot,
  make: (into: FragmentSlot) => Promise<void>,
  waitMs: LookupOptions['waitMs'],
): Promise<Made> {
  const { cache, key, ttl, version = '' } = slot.placed
  if (ttl <= 0) {
    slot.state = 'open'
    return make(slot).then(() => madeBy(slot))
  }
  const here = running.get(cache) ?? new Map<string, Promise<Made>>()
  running.set(cache, here)
  const place = `${version}:${key}`
  await slot.read()
  // Asked for only now: the lease of a run that was overtaken by a `delete` is no longer held.
  const other = slot.holdsLease || slot.state === 'text' ? undefined : here.get(place)
  if (other !== undefined) {
    slot.join()
    return other
  }
  if (slot.state === 'busy') await waitForOthers([slot], waitMs)
  if (slot.state === 'text') return madeBy(slot)
  const into = slot.isStale ? slot.handOver() : slot
  const making = make(into).then(() => madeBy(into))
  here.set(place, making)
  const ended = making.finally(() => {
    if (here.get(place) === making) here.delete(place)
  })
  if (into === slot) return ended
  // The old text is the answer; the new one is for those who come after.
  const refreshed = ended.then(noop, (error: unknown) => {
    publishError({ error, operation: 'refresh', alias: cache.alias })
  })
  // A message of its own: the caller's tells of the old text.
  void refreshed.then(() =>
    fragmentChannel.hasSubscribers ? into.publish().catch(noop) : undefined,
  )
  return madeBy(slot)
}

function noop(): void {}

function madeBy({ cache, parts, expiresAtMs, tags }: FragmentSlot): Made {
  return { cache, parts, expiresAtMs, tags }
}

/** Runs the body and stores what it gives. */
async function renderBody(
  slot: FragmentSlot,
  holes: Readonly<Record<string, AsyncHoleBody>>,
  outer: Scope | undefined,
  render: FragmentRender,
): Promise<void> {
  const { placed } = slot
  try {
    const frame = new Frame(placed, Object.keys(holes), outer?.frame)
    const placeholders = new Placeholders()
    const scope = new Scope(frame, placeholders)
    const body: FragmentBody = { hole: (name, values = {}) => scope.hole(name, values) }
    const text = await slot.runAsync(() => runInScope(scope, async () => render(body)))
    const parts = placeholders.split(checkText(placed.name, text))
    frame.checkHoles(parts)
    if (placed.ttl <= 0) slot.passOn(parts)
    else slot.finish(parts, frame)
    await slot.fill()
  } finally {
    await slot.release()
  }
}

/** The text with its uncached parts rendered, or what stands for them in the fragment around it. */
async function shownText(
  placed: PlacedFragment,
  parts: readonly Part[],
  holes: Readonly<Record<string, AsyncHoleBody>>,
  outer: Scope | undefined,
): Promise<string> {
  const [only = '', ...others] = parts
  if (others.length === 0 && typeof only === 'string') return only
  const texts = await Promise.all(
    parts.map((part) => {
      if (typeof part === 'string') return part
      if (outer !== undefined) return outer.hole(part.hole, part.values)
      const body = Object.hasOwn(holes, part.hole) ? holes[part.hole] : undefined
      if (body === undefined) throw missingHole(placed.name, part)
      return body(part.values)
    }),
  )
  return texts.join('')
}

function checkText(name: string, text: unknown): string {
  if (typeof text === 'string') return text
  const message = `The fragment ${shown(name)} is of type ${typeof text}: it must be text.`
  throw new CacheError('ERR_VALUE_INVALID', message)
}
