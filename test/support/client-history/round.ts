import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../../src/testing/seeded-random.ts'
import type { Milliseconds } from '../../../src/units.ts'
import { harmNetwork } from '../network-harm.ts'
import { ActLog } from './acts.ts'
import { COUNT_KEYS, COUNT_MOVES } from './count-moves.ts'
import { EXTEND_MOVES, EXTENDED_KEYS } from './extend-moves.ts'
import { type Moves, oneOf, playOneOf } from './player.ts'
import { LONGEST_FAULT, type Round, Stage } from './stage.ts'
import { VALUE_KEYS, VALUE_MOVES } from './value-moves.ts'

export interface Played {
  readonly log: ActLog
  /** How often each fault was set, each server restarted, paused or flushed. */
  readonly harm: ReadonlyMap<string, number>
}

// Calls of one client that overlap.
const PLAYERS = 3
const PAUSE: Milliseconds = 8

/**
 * How long after its failure a command may still reach its server: as long as a proxy or a stopped
 * server holds it back, and then some, for a machine that is busy.
 */
export const LATE: Milliseconds = 400

/** Lets clients do random things to the same few keys while their network and servers break. */
export async function playRound(round: Round): Promise<Played> {
  const { seed, harmed } = round
  const random = seededRandom(seed)
  const log = new ActLog()
  await using stage = await Stage.build(round, log)
  const until = performance.now() + round.forMs
  const isOver = (): boolean => performance.now() >= until
  const harm = harmed
    ? [
        ...stage.proxies.map((proxies, i) =>
          harmNetwork({
            proxies,
            random: seededRandom(seed + i),
            longestMs: LONGEST_FAULT,
            pauseMs: 400,
            isOver,
          }),
        ),
        stage.harmServers(random, isOver),
      ]
    : []
  const players = stage.clients.flatMap((client, process) => {
    let sequence = 0
    return Array.from({ length: PLAYERS }, async (_, i) => {
      const dice = seededRandom(seed * 1000 + process * 10 + i)
      const player = { log, client, process, random: dice, next: () => ++sequence }
      while (!isOver()) {
        await playOneOf(GAMES, player, '')
        // Paced: what is checked grows with the square of what was done to a key.
        await sleep(dice() * PAUSE)
      }
    })
  })
  await Promise.all(players)
  const done = new Map<string, number>()
  for (const each of await Promise.all(harm)) {
    for (const [kind, times] of each) done.set(kind, (done.get(kind) ?? 0) + times)
  }
  return { log, harm: done }
}

// Of what is known of a key: mostly values.
const GAMES: Moves = [
  [100, (player) => playOneOf(VALUE_MOVES, player, oneOf(VALUE_KEYS, player))],
  [16, (player) => playOneOf(COUNT_MOVES, player, oneOf(COUNT_KEYS, player))],
  [20, (player) => playOneOf(EXTEND_MOVES, player, oneOf(EXTENDED_KEYS, player))],
]
