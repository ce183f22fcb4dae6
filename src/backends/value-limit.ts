import { giveAdvice } from '../cache/advisor.ts'
import { type ConnectContext, connectChannel } from '../channels.ts'
import type { MemcachedClient } from '../client/index.ts'
import type { Bytes } from '../units.ts'

/**
 * Asks the servers for their largest item, once, after the first of them was connected to, and warns
 * where it is below `maxValueBytes`. Nobody waits for it and nothing fails by it. Returns what ends it.
 */
export function watchValueLimit(
  client: MemcachedClient,
  alias: string,
  maxValueBytes: Bytes,
): () => void {
  const connected = (message: unknown): void => {
    const { server, error } = message as ConnectContext
    if (error !== undefined || !client.servers.includes(server)) return
    end()
    void compare(client, alias, maxValueBytes)
  }
  const end = (): void => {
    connectChannel.asyncEnd.unsubscribe(connected)
  }
  connectChannel.asyncEnd.subscribe(connected)
  return end
}

async function compare(
  client: MemcachedClient,
  alias: string,
  maxValueBytes: Bytes,
): Promise<void> {
  // A server that is not there tells nothing; a client that was closed meanwhile rejects.
  const answers = await client.stats('settings').catch(() => [])
  for (const { server, value } of answers) {
    const limit = value?.item_size_max
    if (limit === undefined || limit >= maxValueBytes) continue
    giveAdvice([
      {
        code: 'REPRISE_VALUE_LIMIT',
        text: `The cache \`${alias}\` has a \`maxValueBytes\` of ${maxValueBytes}, but ${server} takes items of ${limit} bytes at most (\`-I\`): what is larger is sent, and refused. Lower \`maxValueBytes\`, or raise the server's \`-I\`.`,
      },
    ])
  }
}
