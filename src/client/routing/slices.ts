import { commandChannel, traced } from '../../channels.ts'
import { wireKey } from '../../protocol/key.ts'
import { awaitedItem, Batch, type Found, removeMissing } from './batch.ts'
import type { Gutter } from './gutter.ts'
import type { Failures } from './outage.ts'
import type { Server } from './server.ts'
import type { ServerSet } from './servers.ts'

/** Reads many keys, those of each server as one batch. */
export class Slices {
  readonly #set: ServerSet
  readonly #gutter: Gutter | undefined

  constructor(set: ServerSet, gutter: Gutter | undefined) {
    this.#set = set
    this.#gutter = gutter
  }

  /**
   * Fills `found` with what is under the keys that it has not yet. Resolves to whether all of them were
   * found: else some have an item without a value. Notes failures.
   */
  read(
    operation: string,
    keys: readonly string[],
    found: Found,
    failures: Failures,
  ): Promise<boolean> {
    const read = (batch: Batch): Promise<boolean> =>
      this.#readBatch(operation, batch, found, failures)
    const batches = this.#batched(keys, found)
    const [first] = batches.values()
    if (first !== undefined && batches.size === 1) return read(first)
    const reading = Array.from(batches.values(), read)
    return Promise.all(reading).then((whole) => whole.every((each) => each))
  }

  /** One batch for each server. Gives each key an item that its batch is to fill. */
  #batched(keys: readonly string[], found: Found): ReadonlyMap<Server, Batch> {
    const batches = new Map<Server, Batch>()
    const isNew = found.size === 0
    let batch: Batch | undefined
    try {
      for (const key of keys) {
        if (!isNew && found.has(key)) continue
        const server = this.#set.of(checkedRoute(key))
        if (batch?.server !== server) {
          batch = batches.get(server) ?? new Batch(server)
          batches.set(server, batch)
        }
        // The size tells a key that was there for less than a question does, but costs its item.
        const known = found.size
        const item = awaitedItem()
        found.set(key, item)
        if (found.size === known) return this.#batchedAgain(batches, keys, found)
        batch.add(key, item)
      }
    } catch (error) {
      for (const each of batches.values()) each.drop()
      throw error
    }
    return batches
  }

  /** Where a key is named twice. */
  #batchedAgain(
    batches: ReadonlyMap<Server, Batch>,
    keys: readonly string[],
    found: Found,
  ): ReadonlyMap<Server, Batch> {
    for (const batch of batches.values()) batch.drop()
    removeMissing(found)
    return this.#batched([...new Set(keys)], found)
  }

  /** Resolves to whether each item got its value. */
  async #readBatch(
    operation: string,
    batch: Batch,
    found: Found,
    failures: Failures,
  ): Promise<boolean> {
    const { server } = batch
    try {
      await traced(
        commandChannel,
        () => ({ operation, server: server.name, count: batch.size }),
        () => batch.send(),
      )
      return batch.isWhole
    } catch (error) {
      const lost =
        (await this.#gutter?.read(operation, server, batch.lost, error, found)) ?? batch.lost
      if (lost.length > 0 || batch.lost.length === 0) failures.note(error)
      return false
    }
  }
}

/** A key of another type has no server: it is refused before one is looked for. */
export function checkedRoute(key: string): string {
  return typeof key === 'string' ? key : wireKey(key).token
}
