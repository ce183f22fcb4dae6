import { type Act, told } from './acts.ts'
import { idFound, type KeyHistory } from './key-history.ts'

/** Of a value that grows: rule 8 of `lawFaults`. */
export function extendFaults(history: KeyHistory): string[] {
  const extensions = history.acts.filter(({ effect }) => effect === 'extend')
  const known = new Map(extensions.map((act) => [act.id ?? '', act]))
  return history.acts.flatMap((act) => {
    const pieces = typeof act.found === 'object' ? act.found.pieces : undefined
    const base = history.stores.find(({ id }) => id === idFound(act))
    if (pieces === undefined || base === undefined) return []
    return [
      ...strayPieces(history, known, base, act, pieces),
      ...missingPieces(history, extensions, base, act, pieces),
      ...wrongOrder(known, act, pieces),
    ]
  })
}

function strayPieces(
  history: KeyHistory,
  known: ReadonlyMap<string, Act>,
  base: Act,
  act: Act,
  pieces: readonly string[],
): string[] {
  return pieces.flatMap((id, i) => {
    if (id === base.id) return []
    const extension = known.get(id)
    if (pieces.indexOf(id) !== i) return [`${told(act)} found ${id} twice`]
    if (extension === undefined) return [`${told(act)} found what nobody added: ${id}`]
    const isPossible =
      extension.landed !== 'no' &&
      extension.start <= act.end &&
      history.landedBy(extension) >= base.start
    return isPossible ? [] : [`${told(act)} found ${told(extension)}, which cannot be there`]
  })
}

/** What was added for certain while the value was in place for certain. */
function missingPieces(
  history: KeyHistory,
  extensions: readonly Act[],
  base: Act,
  act: Act,
  pieces: readonly string[],
): string[] {
  const since = history.surelyBy(base)
  return extensions
    .filter(({ landed, start, end }) => landed === 'yes' && start > since && end < act.start)
    .filter(({ id }) => !pieces.includes(id ?? ''))
    .map((extension) => `${told(act)} does not find ${told(extension)}`)
}

/** What was added later stands further from the middle. */
function wrongOrder(
  known: ReadonlyMap<string, Act>,
  act: Act,
  pieces: readonly string[],
): string[] {
  const outwards = [
    pieces.filter((id) => id.endsWith('>')),
    pieces.filter((id) => id.endsWith('<')).reverse(),
  ]
  return outwards.flatMap((ids) =>
    ids.slice(1).flatMap((id, i) => {
      const inner = known.get(ids[i] ?? '')
      const outer = known.get(id)
      if (inner === undefined || outer === undefined || outer.landed !== 'yes') return []
      return outer.end < inner.start
        ? [`${told(act)} found ${told(outer)} outside ${told(inner)}`]
        : []
    }),
  )
}
