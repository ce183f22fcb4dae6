import type { ItemWithCas } from '../../../src/client/index.ts'
import type { Found, Intent } from './acts.ts'
import { type Moves, oneOf, type Player, patience } from './player.ts'
import { readStamp, stamped, stampFlags, stampId } from './stamp.ts'

/** Few, so that calls meet: two that are sent plain, one as base64 and one hashed. */
export const VALUE_KEYS = ['plain', 'also:plain', 'ключ и\r\n', 'x'.repeat(300)] as const

// Above what the clients under test may send.
const TOO_LONG = 20_000

export const VALUE_MOVES: Moves = [
  [24, get],
  [4, gat],
  [12, getMany],
  [12, compareAndStore],
  [14, (player, key) => store(player, key, 'set')],
  [8, (player, key) => store(player, key, 'add')],
  [4, (player, key) => store(player, key, 'replace')],
  [1, (player, key) => store(player, key, 'set', TOO_LONG)],
  [3, setMany],
  [8, remove],
  [2, removeMany],
  [4, touch],
  [1, touchMany],
  [4, markStale],
]

async function get(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  const intent: Intent = { process, key, call: 'get', effect: 'none' }
  await log.note([intent], async () => [
    { found: foundIn(await client.get(key, patience(player))) },
  ])
}

async function gat(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  const options = patience(player)
  const intent: Intent = { process, key, call: 'gat', effect: 'none', replayed: owed(options) }
  await log.note([intent], async () => [{ found: foundIn(await client.gat(key, 600, options)) }])
}

async function getMany(player: Player): Promise<void> {
  const { log, client, process } = player
  const intents = VALUE_KEYS.map(
    (key): Intent => ({ process, key, call: 'getMany', effect: 'none' }),
  )
  await log.note(intents, async () => {
    const items = await client.getMany(VALUE_KEYS, patience(player))
    return VALUE_KEYS.map((key) => ({ found: foundIn(items.get(key)) }))
  })
}

async function compareAndStore(player: Player, key: string): Promise<void> {
  const { log, client, process, random } = player
  let read: ItemWithCas | undefined
  const intent: Intent = { process, key, call: 'gets', effect: 'none' }
  await log.note([intent], async () => {
    read = await client.gets(key, patience(player))
    return [{ found: foundIn(read) }]
  })
  const item = read
  if (item === undefined) return
  // Time for others to come between, or for the connection to end.
  if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 8))
  const { value, flags, id } = make(player, key)
  await log.note([{ process, key, call: 'cas', effect: 'store', id }], async () => {
    const result = await client.cas(key, value, item.cas, { flags, ...patience(player) })
    if (result === 'stored') return [{ found: foundIn(item) }]
    // `exists` is also the answer about a token whose connection has ended: it tells nothing.
    return [{ landed: false, ...(result === 'missing' ? { found: 'nothing' } : {}) }]
  })
}

async function store(
  player: Player,
  key: string,
  call: 'set' | 'add' | 'replace',
  length?: number,
): Promise<void> {
  const { log, client, process, random } = player
  const { value, flags, id } = make(player, key, length)
  const fleeting = random() < 0.03
  const options = { flags, ...(fleeting ? { ttl: 1 } : {}), ...patience(player) }
  const replayed = call === 'add' ? 'never' : 'surely'
  const intent: Intent = { process, key, call, effect: 'store', id, fleeting, replayed }
  await log.note([intent], async () => {
    const stored = await client[call](key, value, options)
    if (call === 'set') return [{ landed: stored }]
    const found = (call === 'add') === stored ? 'nothing' : 'something'
    return [{ landed: stored, found }]
  })
}

async function setMany(player: Player): Promise<void> {
  const { log, client, process } = player
  const values = VALUE_KEYS.map((key) => [key, make(player, key)] as const)
  // One set of client flags for all: what tells a value from another is in the value.
  const intents = values.map(
    ([key, { id }]): Intent => ({
      process,
      key,
      call: 'setMany',
      effect: 'store',
      id,
      replayed: 'surely',
    }),
  )
  await log.note(intents, async () => {
    const entries = values.map(([key, { value }]) => [key, value] as const)
    const refused = await client.setMany(entries, { flags: MANY_FLAGS, ...patience(player) })
    return VALUE_KEYS.map((key) => ({ landed: !refused.includes(key) }))
  })
}

async function remove(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  const intent: Intent = { process, key, call: 'delete', effect: 'remove', replayed: 'surely' }
  await log.note([intent], async () => [
    { found: presence(await client.delete(key, patience(player))) },
  ])
}

async function removeMany(player: Player): Promise<void> {
  const { log, client, process } = player
  const intents = VALUE_KEYS.map(
    (key): Intent => ({ process, key, call: 'deleteMany', effect: 'remove', replayed: 'surely' }),
  )
  await log.note(intents, async () => {
    await client.deleteMany(VALUE_KEYS, patience(player))
    return []
  })
}

async function touch(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  const options = patience(player)
  const intent: Intent = { process, key, call: 'touch', effect: 'none', replayed: owed(options) }
  await log.note([intent], async () => [{ found: presence(await client.touch(key, 600, options)) }])
}

async function touchMany(player: Player): Promise<void> {
  const { log, client, process } = player
  const intents = VALUE_KEYS.map(
    (key): Intent => ({ process, key, call: 'touchMany', effect: 'none', replayed: 'maybe' }),
  )
  await log.note(intents, async () => {
    await client.touchMany(VALUE_KEYS, 600, patience(player))
    return []
  })
}

async function markStale(player: Player, key: string): Promise<void> {
  const { log, client, process } = player
  const options = patience(player)
  const intent: Intent = {
    process,
    key,
    call: 'markStale',
    effect: 'none',
    replayed: owed(options),
    rewrites: true,
  }
  await log.note([intent], async () => [{ found: presence(await client.markStale(key, options)) }])
}

const MANY_FLAGS = 77

function make(player: Player, key: string, length?: number) {
  const { process, random, next } = player
  const stamp = { key, writer: process, sequence: next() }
  // Short ones leave in a block with others, long ones on their own (src/protocol/encode.ts).
  const size = length ?? (random() < 0.15 ? 6000 : oneOf([0, 10, 100, 300], player))
  return { value: stamped(stamp, size, random), flags: stampFlags(stamp), id: stampId(stamp) }
}

function foundIn(item: { value: Uint8Array; flags: number } | undefined): Found {
  if (item === undefined) return 'nothing'
  const stamp = readStamp(Buffer.from(item.value))
  if (typeof stamp === 'string') return { id: stamp }
  const isFlagged = item.flags === stampFlags(stamp) || item.flags === MANY_FLAGS
  return { id: isFlagged ? stampId(stamp) : `${stampId(stamp)} with flags ${item.flags}` }
}

/** What is given up in a hurry may run all the same, in order, and leave the value where it is. */
function owed({ timeoutMs }: { timeoutMs?: number }): 'surely' | 'maybe' {
  return timeoutMs === undefined ? 'surely' : 'maybe'
}

function presence(isThere: boolean): Found {
  return isThere ? 'something' : 'nothing'
}
