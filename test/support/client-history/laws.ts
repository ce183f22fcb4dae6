import type { Milliseconds } from '../../../src/units.ts'
import { type Act, told } from './acts.ts'
import { countFaults } from './count-laws.ts'
import { extendFaults } from './extend-laws.ts'
import { idFound, KeyHistory } from './key-history.ts'

/**
 * What no client may ever show, whatever the network and the servers did.
 *
 * A key lives on one server, which runs its commands one after another: each acts at one moment
 * between its start and its end. One that failed acts between its start and `late` after its end,
 * while its bytes may still be on their way, or never; never if its error says `applied: 'no'`.
 *
 * 1. **What is read was written**: whole, with its flags, under this key, by a command that had
 *    begun, and that did not say it would not store (`add` on something, `cas` on another version,
 *    an error with `applied: 'no'`).
 * 2. **Nothing comes back.** A value that was in place is never found again once a command that
 *    began later has shown something else under the key: an acknowledged write or delete, a read of
 *    another value, any answer "not found", the restart of the server, `flush_all`. For everybody.
 *    A value that somebody read was in place by then, whether or not its writer ever learned so.
 * 3. **A process never reads behind its own failed write.** After a `set`, `replace`, `delete`,
 *    `touch`, `gat` or `markStale` of a process has failed, that process finds nothing that was in place
 *    before that call began. (The client deletes the key before it reads the server again. Others
 *    may find the old value until then; no law protects them.)
 * 4. **`cas` stores over what was read**: where it stores, it has found the value of its token, under
 *    rules 1 to 3; and no value is replaced so twice.
 * 5. **Nothing is missing without a reason.** Where a value that lasts was in place, "not found"
 *    needs a delete, a replay of a failed write, a restart or a flush that may have run in between;
 *    so does the success of an `add`. A real server loses nothing else while its memory lasts, and
 *    the clients under test reject instead of answering "not found" in an outage.
 * 6. **Nothing is there without a writer**: "found" needs a value that may have been in place.
 * 7. **Counts add up**: between two results of one key without a possible reset in between lie all the
 *    counts that were acknowledged between them, once each, and no others than those that may have
 *    run; and of a number that only grows no result comes twice.
 * 8. **Pieces add up**: a value that is added to holds each `append` and `prepend` that was acknowledged
 *    while it was in place, once and in order, and no others than those that may have run.
 *
 * Rule 2 leaves out a flush that overlaps an `append`, `prepend` or `markStale` of the key, which in
 * 1.6.18 brings back what was flushed. Rule 3 leaves out what a caller aborted: for the client that
 * is over.
 */
export function lawFaults(acts: readonly Act[], late: Milliseconds): string[] {
  const writers = new Map(acts.flatMap((act) => (act.id === undefined ? [] : [[act.id, act]])))
  return Array.from(byKey(acts).values()).flatMap((ofKey) => {
    const history = new KeyHistory(ofKey, late)
    return [
      ...ofKey.flatMap((act) => foundFault(history, writers, act) ?? []),
      ...doubleCas(ofKey),
      ...countFaults(history),
      ...extendFaults(history),
    ]
  })
}

function foundFault(
  history: KeyHistory,
  writers: ReadonlyMap<string, Act>,
  act: Act,
): string | undefined {
  if (act.found === 'nothing') return missFault(history, act)
  if (act.found === 'something') return presenceFault(history, act)
  const id = idFound(act)
  return id === undefined ? undefined : valueFault(history, writers.get(id), act, id)
}

function valueFault(
  history: KeyHistory,
  store: Act | undefined,
  act: Act,
  id: string,
): string | undefined {
  if (store === undefined) return `${told(act)} found what nobody wrote: ${id}`
  if (store.key !== act.key) return `${told(act)} found the value of ${store.key}`
  if (store.start > act.end) return `${told(act)} found what was not yet written: ${told(store)}`
  if (store.landed === 'no') return `${told(act)} found what was not stored: ${told(store)}`
  const ended = history.whatEnded(store, act)
  if (ended !== undefined) {
    return `${told(act)} found ${told(store)}, which ${told(ended)} had ended`
  }
  const owed = history.whatWasOwed(store, act)
  if (owed === undefined) return undefined
  return `${told(act)} found ${told(store)} behind its own failed ${told(owed)}`
}

function missFault(history: KeyHistory, act: Act): string | undefined {
  const lost = history.stores.find(
    (store) =>
      store.fleeting !== true &&
      history.surelyBy(store) < act.start &&
      !history.mayBeEmptied(store.start, act.end, act),
  )
  return lost === undefined ? undefined : `${told(act)} missed ${told(lost)} without a reason`
}

function presenceFault(history: KeyHistory, act: Act): string | undefined {
  const isThere = history.stores.some(
    (store) =>
      store.start < act.end &&
      store !== act &&
      history.whatEnded(store, act) === undefined &&
      history.whatWasOwed(store, act) === undefined,
  )
  return isThere ? undefined : `${told(act)} found something where nothing can be`
}

function doubleCas(acts: readonly Act[]): string[] {
  const stored = acts.filter((act) => act.call === 'cas' && act.landed === 'yes')
  return stored.flatMap((second, i) => {
    const first = stored.slice(0, i).find((other) => idFound(other) === idFound(second))
    return first === undefined ? [] : `${told(second)} replaced what ${told(first)} had replaced`
  })
}

function byKey(acts: readonly Act[]): ReadonlyMap<string, Act[]> {
  const lists = new Map<string, Act[]>()
  for (const act of acts) {
    const list = lists.get(act.key)
    if (list === undefined) lists.set(act.key, [act])
    else list.push(act)
  }
  return lists
}
