import type { Intent } from './acts.ts'
import { type Moves, type Player, patience } from './player.ts'

/** Of numbers: the first only grows. */
export const COUNT_KEYS = ['grows', 'goes both ways'] as const

export const COUNT_MOVES: Moves = [
  [1, remove],
  [6, read],
  [24, count],
]

async function remove(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  const intent: Intent = { process, key, call: 'delete', effect: 'remove', replayed: 'surely' }
  await log.note([intent], async () => {
    await client.delete(key, patience(player))
    return []
  })
}

async function read(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  const intent: Intent = { process, key, call: 'get', effect: 'count', delta: 0n }
  await log.note([intent], async () => {
    const item = await client.get(key, patience(player))
    return [item === undefined ? {} : { count: BigInt(item.value.toString().trimEnd()) }]
  })
}

async function count(player: Player, key: string): Promise<void> {
  const { log, client, process, random } = player
  const call = key !== COUNT_KEYS[0] && random() < 0.5 ? 'decr' : 'incr'
  const by = 1n + BigInt(Math.floor(random() * 3))
  const delta = call === 'incr' ? by : -by
  await log.note([{ process, key, call, effect: 'count', delta }], async () => {
    const result = await client[call](key, by, { initial: 1_000_000n, ...patience(player) })
    return [result === undefined ? { landed: false } : { count: result }]
  })
}
