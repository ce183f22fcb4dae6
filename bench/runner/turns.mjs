/**
 * Lets each of `crew` work in turn, round by round. To each member, `{ name, worker, rounds }`, the
 * rounds are added. `say` is told what happens.
 */
export async function takeTurns(crew, { warmMs, rounds, roundMs }, say) {
  for (const { name, worker } of crew) {
    say(`warming up ${name}`)
    await worker.ready()
    await worker.run(warmMs)
  }
  for (let round = 0; round < rounds; round++) {
    // Each round starts with another one, so that none always follows the same.
    for (let i = 0; i < crew.length; i++) {
      const member = crew[(i + round) % crew.length]
      say(`round ${round + 1} of ${rounds}, ${member.name}`)
      member.rounds.push(await member.worker.run(roundMs))
    }
  }
}

/** The medians of the rounds of one. */
export function medians(rounds) {
  return {
    cpuUs: median(rounds.map(({ cpuUs, operations }) => cpuUs / operations)),
    perSecond: median(rounds.map(({ operations, wallUs }) => (operations / wallUs) * 1e6)),
  }
}

function median(figures) {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1]
}
