import { setTimeout as delay } from 'node:timers/promises'
import { shown } from '../errors.ts'
import { type ListedItem, parseListed } from '../protocol/listed.ts'
import type { Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'
import { type LinesOptions, lineError, openLines } from './lines.ts'

// One crawl at a time per server, and another takes well under a second.
const BUSY_RETRIES = 40
const BUSY_PAUSE_MS: Milliseconds = 50

/**
 * Lists a server's items, as many at a time as came together, over a connection of its own: the
 * server refuses the command behind others on one connection. One that stops closes the connection.
 *
 * `which` is what to walk. `hash`: the hash table, in which every item is that was there all the
 * while, once. While its reader is slow the server waits inside of the table, and whoever asks for a
 * key in that place waits with it, however long (measured on 1.6.18: 4.8 s): it must be read without
 * a pause. `all` and slab classes: the LRU lists. A slow reader holds up nobody, but an item that is
 * used meanwhile moves, and may be missing or listed twice (under load 2 to 14 % of them).
 * Source: memcached doc/protocol.txt, "LRU Crawler".
 */
export async function* listItems(
  address: ServerAddress,
  which: string,
  options: LinesOptions,
): AsyncGenerator<readonly ListedItem[], void, undefined> {
  const { signal } = options
  for (let attempt = 0; ; attempt++) {
    let ended: 'busy' | 'end' | undefined
    for await (const lines of openLines(address, `lru_crawler metadump ${which}`, options)) {
      const items: ListedItem[] = []
      for (const line of lines) {
        const item = parseListed(line)
        if (item === undefined) ended = endOf(address, line)
        else items.push(item)
      }
      yield items
      if (ended !== undefined) break
    }
    if (ended === 'end') return
    if (ended === undefined)
      throw lineError(address.name, 'ERR_CONNECTION', 'closed the connection')
    if (attempt === BUSY_RETRIES) throw lineError(address.name, 'ERR_SERVER', 'is busy listing')
    await delay(BUSY_PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

const REFUSAL = /^(?:ERROR|CLIENT_ERROR|SERVER_ERROR|BADCLASS|NOTSTARTED)\b/

/** What a line that lists no item says; `undefined`: nothing. */
function endOf(address: ServerAddress, line: string): 'busy' | 'end' | undefined {
  // 1.6.43 and later begin with it.
  if (line === 'OK') return undefined
  if (line === 'END') return 'end'
  if (line.startsWith('BUSY')) return 'busy'
  if (REFUSAL.test(line)) throw lineError(address.name, 'ERR_SERVER', `answered ${shown(line)}`)
  // The line is not shown: it may be part of somebody's value.
  throw lineError(address.name, 'ERR_PROTOCOL', 'sent no listing')
}
