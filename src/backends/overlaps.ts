/** One read of a key, from {@link Overlaps.begin}. */
export interface Reading {
  readonly key: string
  /** The reads of the key that began since it was last changed. */
  readonly peers: Set<Reading>
}

/**
 * Tells a read whether this process changed its key while it was under way: what it brings may then
 * be the old value, and must neither be kept nor decide anything.
 *
 * It holds nothing about a key that is not being read.
 */
export class Overlaps {
  readonly #unchanged = new Map<string, Set<Reading>>()

  begin(key: string): Reading {
    let peers = this.#unchanged.get(key)
    if (peers === undefined) {
      peers = new Set()
      this.#unchanged.set(key, peers)
    }
    const reading = { key, peers }
    peers.add(reading)
    return reading
  }

  /** Whether nothing has changed the key since the read began. */
  isUndisturbed({ key, peers }: Reading): boolean {
    return this.#unchanged.get(key) === peers
  }

  end(reading: Reading): void {
    const { key, peers } = reading
    peers.delete(reading)
    if (peers.size === 0 && this.isUndisturbed(reading)) this.#unchanged.delete(key)
  }

  /** To be called before a change and after it: in between, a read may find either. */
  changed(key: string): void {
    this.#unchanged.delete(key)
  }

  /** The same for all keys that start with `prefix`. */
  changedAll(prefix: string): void {
    for (const key of [...this.#unchanged.keys()]) if (key.startsWith(prefix)) this.changed(key)
  }
}
