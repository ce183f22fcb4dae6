import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from './eventually.ts'
import type { MemcachedServer } from './memcached.ts'
import { ask } from './raw.ts'

/** Pauses a server and waits until it stands still: its threads stop one after the other. */
export async function stop(server: MemcachedServer): Promise<void> {
  server.pause()
  await eventually(async () => {
    const answer = ask(server.port, '').catch(() => '')
    return (await Promise.race([answer, sleep(50, 'none')])) === 'none'
  })
}
