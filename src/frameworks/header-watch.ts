/**
 * Notices which request headers a handler reads.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'

/**
 * Headers that differ from visitor to visitor and are read to make a page for one of them, or
 * another form of it: a fragment, JSON, compressed bytes. Others that do are none of these: cookies
 * and credentials keep a request away from the cache, a forwarded address is part of the key, and an
 * address of the client is read by every log.
 */
export const WATCHED: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'origin',
  'user-agent',
  'x-requested-with',
])

const watchers = new WeakMap<IncomingMessage, Set<string>>()

/** What was read of the headers of `request` so far, to be added to; `undefined`: nobody watches. */
export function readsOf(request: IncomingMessage): Set<string> | undefined {
  return watchers.get(request)
}

/**
 * From now on gathers the names of watched headers that are read from `request.headers`, whether
 * they are there or not: a page can depend on their absence.
 *
 * Whoever copies all of them, as a log does, is taken to read none.
 */
export function watchReads(request: IncomingMessage): Set<string> {
  const running = watchers.get(request)
  if (running !== undefined) return running
  const reads = new Set<string>()
  // Each of them may be read once by whoever has just listed all names.
  const copied = new Set<string>()
  const note = (name: string | symbol) => {
    if (typeof name === 'string' && WATCHED.has(name) && !copied.has(name)) reads.add(name)
  }
  const headers = new Proxy(request.headers, {
    ownKeys(target) {
      for (const name of WATCHED) copied.add(name)
      queueMicrotask(() => copied.clear())
      return Reflect.ownKeys(target)
    },
    get(target, name) {
      note(name)
      copied.delete(String(name))
      return Reflect.get(target, name)
    },
    has(target, name) {
      note(name)
      return Reflect.has(target, name)
    },
    getOwnPropertyDescriptor(target, name) {
      note(name)
      return Reflect.getOwnPropertyDescriptor(target, name)
    },
  })
  // Not an assignment: the requests of HTTP/2 have a getter only.
  Object.defineProperty(request, 'headers', { value: headers, configurable: true, writable: true })
  watchers.set(request, reads)
  return reads
}
