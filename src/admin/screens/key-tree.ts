import type { Bytes } from '../../units.ts'
import type { HistogramBar, KeyGroup } from '../api/keys.ts'

const MAX_GROUPS = 20_000
const MAX_DEPTH = 6
const SHOWN = 50
const REST = '…'

interface Node {
  readonly name: string
  readonly prefix: string
  count: number
  bytes: Bytes
  neverFetched: number
  groups: Map<string, Node> | undefined
}

/** Of one key, what a group counts. */
export interface Counted {
  readonly key: string
  readonly sizeBytes: Bytes
  readonly fetched: boolean
}

/** Gathers keys that start alike, by the parts between separators, in bounded memory. */
export class KeyTree {
  readonly #separator: string
  readonly #root = node('', '')
  #groups = 0

  constructor(separator: string) {
    this.#separator = separator
  }

  add(counted: Counted): void {
    const { key } = counted
    let at = this.#root
    let from = 0
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const end = key.indexOf(this.#separator, from)
      if (end === -1) return
      const next = this.#child(at, key.slice(from, end), key.slice(0, end + this.#separator.length))
      if (next === undefined) return
      count(next, counted)
      at = next
      from = end + this.#separator.length
    }
  }

  /** The largest of each level, and what is left of it as one. */
  groups(): KeyGroup[] {
    return shownGroups(this.#root)
  }

  #child(parent: Node, name: string, prefix: string): Node | undefined {
    parent.groups ??= new Map()
    const known = parent.groups.get(name)
    if (known !== undefined) return known
    if (this.#groups >= MAX_GROUPS) return undefined
    this.#groups++
    const made = node(name, prefix)
    parent.groups.set(name, made)
    return made
  }
}

/** Counts of what falls into spans: up to each of `ends`, and beyond. */
export class Bars {
  readonly #ends: readonly (readonly [label: string, end: number])[]
  readonly #counts: number[]

  /** The last one's end is `Infinity`. */
  constructor(ends: readonly (readonly [label: string, end: number])[]) {
    this.#ends = ends
    this.#counts = ends.map(() => 0)
  }

  add(value: number): void {
    const at = this.#ends.findIndex(([, end]) => value <= end)
    if (at !== -1) this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  get bars(): HistogramBar[] {
    return this.#ends.map(([label], i) => ({ label, count: this.#counts[i] ?? 0 }))
  }
}

function node(name: string, prefix: string): Node {
  return { name, prefix, count: 0, bytes: 0, neverFetched: 0, groups: undefined }
}

function count(group: Node, { sizeBytes, fetched }: Counted): void {
  group.count++
  group.bytes += sizeBytes
  if (!fetched) group.neverFetched++
}

function shownGroups({ groups }: Node): KeyGroup[] {
  const sorted = [...(groups?.values() ?? [])].sort((a, b) => b.bytes - a.bytes)
  const rest = sorted.slice(SHOWN)
  const shown: KeyGroup[] = sorted.slice(0, SHOWN).map((group) => ({
    name: group.name,
    prefix: group.prefix,
    count: group.count,
    bytes: group.bytes,
    neverFetched: group.neverFetched,
    groups: shownGroups(group),
  }))
  if (rest.length === 0) return shown
  const sum = (of: (group: Node) => number): number => rest.reduce((so, one) => so + of(one), 0)
  return [
    ...shown,
    {
      name: REST,
      prefix: null,
      count: sum((group) => group.count),
      bytes: sum((group) => group.bytes),
      neverFetched: sum((group) => group.neverFetched),
      groups: [],
    },
  ]
}
