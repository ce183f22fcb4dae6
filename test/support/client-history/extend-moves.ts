import { createHash } from 'node:crypto'
import type { Intent, Told } from './acts.ts'
import { type Moves, type Player, patience } from './player.ts'

/** Of values that grow at both ends, piece by piece. */
export const EXTENDED_KEYS = ['log', 'a longer log'] as const

export const EXTEND_MOVES: Moves = [
  [2, start],
  [6, (player, key) => extend(player, key, 'append')],
  [4, (player, key) => extend(player, key, 'prepend')],
  [8, read],
  [1, remove],
]

async function start(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  const id = `${process}:${player.next()}`
  const intent: Intent = { process, key, call: 'set', effect: 'store', id, replayed: 'surely' }
  await log.note([intent], async () => [
    { landed: await client.set(key, piece(id, key), patience(player)) },
  ])
}

async function extend(player: Player, key: string, call: 'append' | 'prepend'): Promise<void> {
  const { log, client, process } = player
  const id = `${process}:${player.next()}${call === 'append' ? '>' : '<'}`
  const intent: Intent = { process, key, call, effect: 'extend', id, rewrites: true }
  await log.note([intent], async () => {
    const landed = await client[call](key, piece(id, key), patience(player))
    return [{ landed, found: landed ? 'something' : 'nothing' }]
  })
}

async function read(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  await log.note([{ process, key, call: 'get', effect: 'none' }], async () => {
    const item = await client.get(key, patience(player))
    return [item === undefined ? { found: 'nothing' } : partsOf(item.value.toString(), key)]
  })
}

async function remove(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  const intent: Intent = { process, key, call: 'delete', effect: 'remove', replayed: 'surely' }
  await log.note([intent], async () => {
    const isGone = await client.delete(key, patience(player))
    return [{ found: isGone ? 'something' : 'nothing' }]
  })
}

function piece(id: string, key: string): string {
  return `${id}.${checksum(id, key)};`
}

/** The piece that was set, and those around it. */
function partsOf(text: string, key: string): Told {
  const pieces = text.split(';')
  const ids = pieces.slice(0, -1).map((each) => each.split('.')[0] ?? '')
  const isWhole =
    pieces.at(-1) === '' && ids.every((id, i) => pieces[i] === `${id}.${checksum(id, key)}`)
  const base = ids.filter((id) => /\d$/.test(id))
  if (!isWhole || base.length !== 1) return { found: { id: `${text.length} broken bytes` } }
  return { found: { id: base[0] ?? '', pieces: ids } }
}

function checksum(id: string, key: string): string {
  return createHash('sha256').update(`${key} ${id}`).digest('hex').slice(0, 8)
}
