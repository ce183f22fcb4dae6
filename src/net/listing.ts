import { once } from 'node:events'
import type { LookupFunction, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { CacheError, shown } from '../errors.ts'
import { ReplyDecoder } from '../protocol/decode.ts'
import type { Reply } from '../protocol/reply.ts'
import { type ListedItem, parseListed } from '../protocol/stats.ts'
import type { Milliseconds } from '../units.ts'
import type { ServerAddress } from './address.ts'
import { dial } from './dial.ts'

export interface ListingOptions {
  readonly connectTimeoutMs: Milliseconds
  /** For the server to send the next piece. */
  readonly silenceMs: Milliseconds
  readonly lookup: LookupFunction | undefined
}

// One crawl at a time per server, and another takes well under a second.
const BUSY_RETRIES = 40
const BUSY_PAUSE_MS: Milliseconds = 50

/**
 * Lists a server's items over a connection of its own: the server refuses the command behind
 * others on one connection, and a large listing would hold up what comes after it.
 *
 * Pulled: a slow reader slows the server's crawler, and one that stops closes the connection.
 * Source: memcached doc/protocol.txt, "LRU Crawler"; `hash` walks the table, so that the list is
 * no snapshot, and what is stored meanwhile may be missing.
 */
export async function* listItems(
  address: ServerAddress,
  options: ListingOptions,
): AsyncGenerator<ListedItem> {
  for (let attempt = 0; ; attempt++) {
    let busy = false
    for await (const reply of replies(address, options)) {
      if (reply.kind === 'listed') {
        const item = parseListed(reply.text)
        if (item === undefined) throw listingError(address, 'ERR_PROTOCOL', 'sent no listing')
        yield item
      } else if (reply.kind === 'crawler-busy') {
        busy = true
        break
      } else if (reply.kind === 'end') {
        return
      } else if (reply.kind === 'error') {
        const said = shown(`${reply.word} ${reply.text}`)
        throw listingError(address, 'ERR_SERVER', `answered ${said}`)
      } else if (reply.kind !== 'ok') {
        throw listingError(address, 'ERR_PROTOCOL', 'sent no listing')
      }
    }
    if (!busy) throw listingError(address, 'ERR_CONNECTION', 'closed the connection')
    if (attempt === BUSY_RETRIES) throw listingError(address, 'ERR_SERVER', 'is busy listing')
    await delay(BUSY_PAUSE_MS)
  }
}

async function* replies(address: ServerAddress, options: ListingOptions): AsyncGenerator<Reply> {
  const socket = dial(address, options.lookup)
  try {
    await within(socket, address.name, options.connectTimeoutMs, () => once(socket, 'connect'))
    socket.write('lru_crawler metadump hash\r\n')
    const received: Reply[] = []
    // A listing has no values.
    const decoder = new ReplyDecoder((reply) => received.push(reply), 0)
    const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]()
    for (;;) {
      const next = await within(socket, address.name, options.silenceMs, () => chunks.next())
      if (next.done === true) return
      decoder.push(next.value)
      yield* received.splice(0)
    }
  } catch (cause) {
    if (CacheError.is(cause)) throw cause
    throw listingError(address, 'ERR_CONNECTION', 'was lost while it listed', cause)
  } finally {
    socket.destroy()
  }
}

async function within<T>(
  socket: Socket,
  server: string,
  ms: Milliseconds,
  wait: () => Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => {
    const message = `The server ${server} fell silent for ${ms} ms while it listed.`
    socket.destroy(new CacheError('ERR_TIMEOUT', message, { server }))
  }, ms)
  try {
    return await wait()
  } finally {
    clearTimeout(timer)
  }
}

function listingError(
  address: ServerAddress,
  code: 'ERR_CONNECTION' | 'ERR_PROTOCOL' | 'ERR_SERVER',
  what: string,
  cause?: unknown,
): CacheError {
  const server = address.name
  return new CacheError(code, `The server ${server} ${what}.`, { server, cause })
}
