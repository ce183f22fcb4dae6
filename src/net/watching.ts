import { shown } from '../errors.ts'
import { parseWatched, type Watched } from '../protocol/watched.ts'
import type { ServerAddress } from './address.ts'
import { type LinesOptions, lineError, openLines } from './lines.ts'

/**
 * What a server logs of `kinds`, as many events at a time as came together, over a connection of its
 * own: the command takes it over for good. Pulled: for a reader that is slow the server leaves
 * events out, and says how many.
 *
 * Source: memcached doc/protocol.txt, "Watchers".
 */
export async function* watchServer(
  address: ServerAddress,
  kinds: readonly string[],
  options: LinesOptions,
): AsyncGenerator<readonly Watched[], void, undefined> {
  const command = `watch ${kinds.join(' ')}`
  let begun = false
  for await (const lines of openLines(address, command, options)) {
    if (!begun && lines.length > 0) {
      checkBegun(address, command, lines[0])
      begun = true
      yield lines.slice(1).map(parseWatched)
    } else {
      yield lines.map(parseWatched)
    }
  }
  throw lineError(address.name, 'ERR_CONNECTION', 'closed the connection')
}

// Twenty at a time may watch a server: `WATCHER_TOO_MANY`.
const REFUSAL = /^(?:ERROR|CLIENT_ERROR|SERVER_ERROR|WATCHER_\w+) /

function checkBegun(address: ServerAddress, command: string, line: string | undefined): void {
  if (line === 'OK') return
  // One word that it does not know, and it refuses them all: 1.6.18 knows no `deletions`.
  if (line === 'ERROR') {
    throw lineError(address.name, 'ERR_SERVER', `does not know all of ${shown(command)}`)
  }
  if (line !== undefined && REFUSAL.test(line)) {
    throw lineError(address.name, 'ERR_SERVER', `answered ${shown(line)}`)
  }
  // The line is not shown: it may be part of somebody's value.
  throw lineError(address.name, 'ERR_PROTOCOL', 'did not begin to watch')
}
