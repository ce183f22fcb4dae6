/** A mistake on the command line: told in one line, with the exit code for usage. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** A mistake in the settings, wherever they stand: for `doctor` one of its findings. */
export class SettingsError extends UsageError {
  override readonly name = 'SettingsError'
}

/** Half of the letters wrong is another word, not a slip. */
const SLIP_SHARE = 0.5

/** `' Did you mean --json?'`, or nothing where no name is near. */
export function hint(written: string, names: readonly string[]): string {
  const bare = written.replace(/^-+/, '')
  const [nearest] = names
    .map((name) => ({ name, slips: distance(bare, name.replace(/^-+/, '')) }))
    .filter(({ name, slips }) => slips <= name.length * SLIP_SHARE)
    .sort((a, b) => a.slips - b.slips)
  return nearest === undefined ? '' : ` Did you mean ${nearest.name}?`
}

/** How many letters must be put in, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
