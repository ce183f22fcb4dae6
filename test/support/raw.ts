import { connect, type Socket } from 'node:net'

/**
 * Sends `text` as it is, on a connection of its own, and gives what came back, as latin1. The end
 * is told by an `mn` behind it, so that `text` must leave the connection in step.
 */
export async function ask(place: string | number, text: string | Buffer): Promise<string> {
  return askOn(
    typeof place === 'string' ? connect({ path: place }) : connect(place, '127.0.0.1'),
    text,
  )
}

/** As `ask`, on a connection that the caller has opened. */
export async function askOn(socket: Socket, text: string | Buffer): Promise<string> {
  socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  socket.write('mn\r\n')
  let received = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received += chunk.toString('latin1')
    if (received.endsWith('MN\r\n')) break
  }
  return received.slice(0, -'MN\r\n'.length)
}

/** Commands that the server has run since it was started, by kind. */
export interface ExecutedCommands {
  readonly gets: number
  readonly sets: number
  readonly touches: number
  readonly deletes: number
  readonly counts: number
  readonly flushes: number
  readonly items: number
}

/** What the server itself says it has executed: it cannot be fooled as a parser in between could. */
export async function executedCommands(place: string | number): Promise<ExecutedCommands> {
  const stats = await ask(place, 'stats\r\n')
  const figure = (name: string): number =>
    Number(new RegExp(`STAT ${name} (\\d+)\\r\\n`).exec(stats)?.[1] ?? Number.NaN)
  return {
    gets: figure('cmd_get'),
    sets: figure('cmd_set'),
    touches: figure('cmd_touch'),
    deletes: figure('delete_hits') + figure('delete_misses'),
    counts:
      figure('incr_hits') + figure('incr_misses') + figure('decr_hits') + figure('decr_misses'),
    flushes: figure('cmd_flush'),
    items: figure('curr_items'),
  }
}
