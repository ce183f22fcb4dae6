/**
 * Counters and histograms, and how they are written as text.
 *
 * Source: the Prometheus text format, version 0.0.4.
 *
 * @module
 */

import type { Seconds } from '../units.ts'

/** The values of the labels of one series, in the order of its family's names. */
export type LabelValues = readonly string[]

/** What is written for a family: its name, its type, and its lines. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  lines(): Iterable<string>
}

/** What stands for the labels of a series that is one too many. */
const OTHERS = 'other'

/** A label is a name that somebody chose; what is longer is no name. */
const LABEL_CHARACTERS = 100

/** Whatever names labels, it cannot fill the memory: what comes later is counted together. */
export const MAX_SERIES = 1000

/** Bounds of durations, in seconds: from a hit in the process to a page that takes its time. */
export const BUCKETS: readonly Seconds[] = Object.freeze([
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
])

/** The series of one family, by their labels. */
class SeriesMap<Value> {
  readonly #labels: readonly string[]
  readonly #make: () => Value
  readonly #series = new Map<string, { readonly labels: LabelValues; readonly value: Value }>()

  constructor(labels: readonly string[], make: () => Value) {
    this.#labels = labels
    this.#make = make
  }

  at(values: LabelValues): Value {
    // At worst, names that hold a NUL are counted together.
    const key = values.join('\0')
    const known = this.#series.get(key)
    if (known !== undefined) return known.value
    if (this.#series.size >= MAX_SERIES && values.some((value) => value !== OTHERS)) {
      return this.at(values.map(() => OTHERS))
    }
    const value = this.#make()
    this.#series.set(key, { labels: values, value })
    return value
  }

  *[Symbol.iterator](): Iterator<readonly [labels: string, value: Value]> {
    for (const { labels, value } of this.#series.values()) {
      yield [labelsText(this.#labels, labels), value]
    }
  }
}

/** A family of counters, or of gauges. */
export class Numbers implements Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly #series: SeriesMap<{ value: number }>

  constructor(type: 'counter' | 'gauge', name: string, labels: readonly string[], help: string) {
    this.type = type
    this.name = name
    this.help = help
    this.#series = new SeriesMap(labels, () => ({ value: 0 }))
  }

  add(amount: number, ...values: LabelValues): void {
    if (amount !== 0) this.#series.at(values).value += amount
  }

  set(value: number, ...values: LabelValues): void {
    this.#series.at(values).value = value
  }

  *lines(): Iterable<string> {
    for (const [labels, { value }] of this.#series) yield `${this.name}${labels} ${value}`
  }
}

interface Distribution {
  readonly counts: number[]
  count: number
  sum: number
}

/** A family of histograms of durations. */
export class Durations implements Family {
  readonly type = 'histogram'
  readonly name: string
  readonly help: string
  readonly #series: SeriesMap<Distribution>

  constructor(name: string, labels: readonly string[], help: string) {
    this.name = name
    this.help = help
    this.#series = new SeriesMap(labels, () => ({
      counts: BUCKETS.map(() => 0),
      count: 0,
      sum: 0,
    }))
  }

  add(seconds: Seconds, ...values: LabelValues): void {
    const series = this.#series.at(values)
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound)
    if (bucket !== -1) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.count += 1
    series.sum += seconds
  }

  *lines(): Iterable<string> {
    for (const [labels, { counts, count, sum }] of this.#series) {
      const open = labels === '' ? '{' : `${labels.slice(0, -1)},`
      let below = 0
      for (const [i, bound] of BUCKETS.entries()) {
        below += counts[i] ?? 0
        yield `${this.name}_bucket${open}le="${bound}"} ${below}`
      }
      yield `${this.name}_bucket${open}le="+Inf"} ${count}`
      yield `${this.name}_sum${labels} ${sum}`
      yield `${this.name}_count${labels} ${count}`
    }
  }
}

/** Writes families as text; one without series is left out. */
export function metricsText(families: Iterable<Family>): string {
  let text = ''
  for (const family of families) {
    const lines = [...family.lines()]
    if (lines.length === 0) continue
    text += `# HELP ${family.name} ${family.help}\n# TYPE ${family.name} ${family.type}\n`
    text += `${lines.join('\n')}\n`
  }
  return text
}

function labelsText(names: readonly string[], values: LabelValues): string {
  if (names.length === 0) return ''
  const pairs = names.map((name, i) => `${name}="${escaped(values[i] ?? '')}"`)
  return `{${pairs.join(',')}}`
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

/** Source: the text format: a label escapes the backslash, the quote and the line feed. */
function escaped(value: string): string {
  return value
    .slice(0, LABEL_CHARACTERS)
    .replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? '')
}
