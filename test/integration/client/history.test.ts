import { expect, it } from 'vitest'
import { lawFaults } from '../../support/client-history/laws.ts'
import { LATE, type Played, playRound } from '../../support/client-history/round.ts'
import type { Round } from '../../support/client-history/stage.ts'

// More of it: HISTORY_SECONDS=600 npx vitest run test/integration/client/history.test.ts
// The same again, as far as a network can be: HISTORY_SEEDS=4,5,6 npx vitest run …
const SECONDS = Number(process.env.HISTORY_SECONDS ?? 60)
const SEEDS = (process.env.HISTORY_SEEDS ?? `${Date.now() % 1_000_000}`).split(',').map(Number)

const ROUND_SECONDS = 3

// What the players provoke: values that are too long, calls in a hurry, calls that are aborted.
const EXPECTED = ['ERR_VALUE_TOO_LARGE', 'ERR_TIMEOUT', 'given up']

const CALM: Omit<Round, 'seed' | 'forMs'> = { servers: 1, clients: 3, harmed: false }

const ROUNDS: readonly Omit<Round, 'seed' | 'forMs'>[] = [
  { servers: 1, clients: 4, harmed: true },
  { servers: 3, clients: 3, harmed: true },
  CALM,
  { servers: 3, clients: 4, harmed: true, options: { connections: 2 } },
]

it(
  'gives no process anything that no correct cache could give, whatever breaks',
  async () => {
    const rounds = Math.max(SEEDS.length, Math.round(SECONDS / ROUND_SECONDS))
    const totals = new Totals()
    for (let i = 0; i < rounds; i++) {
      const round = {
        ...(ROUNDS[i % ROUNDS.length] ?? CALM),
        seed: (SEEDS[i % SEEDS.length] ?? 0) + Math.floor(i / SEEDS.length),
        forMs: (SECONDS / rounds) * 1000,
      }

      const played = await playRound(round)

      const faults = lawFaults(played.log.acts, LATE)
      expect(faults, `round ${i} of ${rounds}: ${JSON.stringify(round)}`).toEqual([])
      const codes = Array.from(played.log.errors.keys()).filter((code) => !EXPECTED.includes(code))
      if (!round.harmed) expect(codes, `calm, seed ${round.seed}`).toEqual([])
      totals.add(played)
    }
    console.log(`seeds from ${SEEDS}, ${rounds} rounds: ${JSON.stringify(totals)}`)
    expect(totals.reads).toBeGreaterThan(SECONDS * 50)
    expect(totals.misses).toBeGreaterThan(SECONDS)
    // Harm was done, of each kind, and was felt.
    const kinds = Object.keys(totals.harm)
    if (SECONDS >= 30) {
      expect(kinds).toEqual(
        expect.arrayContaining(['restart', 'pause', 'flush', 'hang', 'garbage']),
      )
      expect(kinds.length).toBeGreaterThan(10)
    }
    expect(kinds.length).toBeGreaterThan(3)
    expect(totals.failed).toBeGreaterThan(SECONDS)
  },
  (SECONDS + 60) * 2000,
)

class Totals {
  operations = 0
  /** That gave a value, which was checked. */
  reads = 0
  /** Answers "not found", which were checked for a reason. */
  misses = 0
  failed = 0
  longestMs = 0
  readonly harm: Record<string, number> = {}
  readonly errors: Record<string, number> = {}

  add({ log, harm }: Played): void {
    this.operations += log.acts.length
    this.reads += log.acts.filter(({ found }) => typeof found === 'object').length
    this.misses += log.acts.filter(({ found }) => found === 'nothing').length
    this.failed += log.acts.filter(({ failed }) => failed).length
    this.longestMs = Math.max(this.longestMs, Math.round(log.longestMs))
    for (const [kind, times] of harm) this.harm[kind] = (this.harm[kind] ?? 0) + times
    for (const [code, times] of log.errors) this.errors[code] = (this.errors[code] ?? 0) + times
  }
}
