/** One of the most frequent: how often it was seen, and by how much that may be too high. */
export interface TopItem {
  readonly item: string
  readonly count: number
  readonly error: number
}

/**
 * Finds the most frequent of many, in little memory: whatever is more than one in `capacity` of all is
 * found, and its count is never too low.
 *
 * Source: Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in data
 * streams", 2005: "Space-Saving". A newcomer takes the place and the count of the least frequent.
 */
export class TopItems {
  readonly #capacity: number
  readonly #counters = new Map<string, { count: number; error: number }>()
  #total = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get total(): number {
    return this.#total
  }

  add(item: string): void {
    this.#total++
    const known = this.#counters.get(item)
    if (known !== undefined) {
      known.count++
      return
    }
    if (this.#counters.size < this.#capacity) {
      this.#counters.set(item, { count: 1, error: 0 })
      return
    }
    const [least, { count }] = this.#least()
    this.#counters.delete(least)
    this.#counters.set(item, { count: count + 1, error: count })
  }

  top(most: number): TopItem[] {
    return [...this.#counters]
      .map(([item, { count, error }]) => ({ item, count, error }))
      .sort((a, b) => b.count - a.count || (a.item < b.item ? -1 : 1))
      .slice(0, most)
  }

  // A walk over some hundreds, for one sample in a hundred calls: a heap would be more to get wrong.
  #least(): [string, { count: number }] {
    let least: [string, { count: number }] = ['', { count: Infinity }]
    for (const entry of this.#counters) {
      if (entry[1].count < least[1].count) least = entry
    }
    return least
  }
}
