/** One `STAT` line: the name ends at the first space, the value may hold more. */
export function parseStat(text: string): { name: string; value: string } | undefined {
  const end = text.indexOf(' ')
  if (end === 0 || text === '') return undefined
  if (end === -1) return { name: text, value: '' }
  return { name: text.slice(0, end), value: text.slice(end + 1) }
}

/** Figures by name, in the server's order. Without a prototype: a name may be `__proto__`. */
export type Stats = Record<string, string>

export function emptyStats(): Stats {
  return Object.create(null) as Stats
}

/** What every record of figures has besides those that have a name and a type here. */
export interface RawFigures {
  /**
   * All that the server told, by its own names, as it told it: what newer servers add, and the
   * digits of numbers beyond 2^53. Without a prototype.
   */
  readonly raw: Readonly<Record<string, string>>
}

const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?$/

/** `undefined` where `text` is none. */
export function numberOf(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined
}

const SWITCHES = new Map([
  ['1', true],
  ['0', false],
  ['yes', true],
  ['no', false],
  ['on', true],
  ['off', false],
])

interface Meanings {
  readonly number: number
  readonly boolean: boolean
  readonly string: string
}

const READERS: {
  readonly [Kind in keyof Meanings]: (text: string) => Meanings[Kind] | undefined
} = {
  number: numberOf,
  boolean: (text) => SWITCHES.get(text),
  // What C prints where nothing is set (1.6.18: `domain_socket NULL`, `memory_file (null)`).
  string: (text) => (text === 'NULL' || text === '(null)' ? undefined : text),
}

type Table = Readonly<Record<string, keyof Meanings>>

/**
 * The figures that `Names` gives a type. `undefined`: the server does not tell it, or it is not what
 * it should be, and in `raw` only.
 */
export type Figures<Names extends Table> = {
  readonly [Name in keyof Names]: Meanings[Names[Name]] | undefined
}

/** Reads the figures of `table` out of what the server told; the others are left to `raw`. */
export function readFigures<Names extends Table>(table: Names, stats: Stats): Figures<Names> {
  const figures = Object.entries(table).map(([name, meaning]) => {
    const text = Object.hasOwn(stats, name) ? stats[name] : undefined
    return [name, text === undefined ? undefined : READERS[meaning](text)]
  })
  return Object.fromEntries(figures) as Figures<Names>
}

const NUMBERED = /^(?:items:)?(\d{1,9}):(.+)$/

/** Figures of many things, told as `<number>:<name>` or `items:<number>:<name>`, by number. */
export function byNumber(stats: Stats): Map<number, Stats> {
  const groups = new Map<number, Stats>()
  for (const [whole, value] of Object.entries(stats)) {
    const [, digits, name] = NUMBERED.exec(whole) ?? []
    if (digits === undefined || name === undefined) continue
    const group = groups.get(Number(digits)) ?? emptyStats()
    groups.set(Number(digits), group)
    group[name] = value
  }
  return groups
}
