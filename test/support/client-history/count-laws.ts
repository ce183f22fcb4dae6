import { type Act, told } from './acts.ts'
import type { KeyHistory } from './key-history.ts'

/** Of a key that holds a number: rule 7 of {@link lawFaults}. */
export function countFaults(history: KeyHistory): string[] {
  const counts = history.acts.filter(({ effect }) => effect === 'count')
  const results = counts.filter(({ count }) => count !== undefined)
  const onlyGrows = counts.every(({ delta = 0n }) => delta >= 0n)
  return results.flatMap((act) => [
    ...sumFault(history, counts, lastBefore(results, act), act),
    ...(onlyGrows ? repetitions(history, results, act) : []),
  ])
}

function sumFault(
  history: KeyHistory,
  counts: readonly Act[],
  before: Act | undefined,
  act: Act,
): string[] {
  if (before === undefined || history.mayBeEmptied(before.start, act.end)) return []
  // Both reach from the number that `before` told to the one that `act` did.
  let least = act.delta ?? 0n
  let most = least
  for (const other of counts) {
    const { delta = 0n, landed } = other
    if (other === before || other === act || landed === 'no') continue
    if (other.start > act.end || history.landedBy(other) < before.start) continue
    const between = landed === 'yes' && other.start > before.end && other.end < act.start
    if (between || delta < 0n) least += delta
    if (between || delta > 0n) most += delta
  }
  const step = (act.count ?? 0n) - (before.count ?? 0n)
  if (step >= least && step <= most) return []
  return [`${told(act)} after ${told(before)}: it adds up to ${least} to ${most}`]
}

function repetitions(history: KeyHistory, results: readonly Act[], act: Act): string[] {
  const twin = results.find(
    (other) =>
      other !== act &&
      other.count === act.count &&
      other.start <= act.start &&
      (other.delta ?? 0n) > 0n &&
      (act.delta ?? 0n) > 0n &&
      !history.mayBeEmptied(other.start, Math.max(other.end, act.end)),
  )
  return twin === undefined ? [] : [`${told(act)} is the number of ${told(twin)}`]
}

function lastBefore(results: readonly Act[], act: Act): Act | undefined {
  let last: Act | undefined
  for (const other of results) {
    if (other.end < act.start && (last === undefined || other.end > last.end)) last = other
  }
  return last
}
