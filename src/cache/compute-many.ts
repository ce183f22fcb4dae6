import { CacheError, optionError } from '../errors.ts'
import { adviseCall } from './advisor.ts'
import { type Computation, ComputationState, type ManyComputation } from './computation.ts'
import { conclude, endLease, failWith, running, type Task } from './compute.ts'
import { Computing } from './computing.ts'
import type { CacheCore } from './core.ts'
import type { Policy } from './policy.ts'
import { isIterable } from './reads.ts'

/** The caller's function for many keys. What it gives is checked, not trusted. */
export type ComputeMissing = (keys: string[], computation: ManyComputation) => unknown

// Commands of one run in flight at once: well under what a client lets wait.
const SLICE = 1000

interface Part {
  readonly task: Task
  readonly computing: Computing
  readonly state: ComputationState
}

/** One run of the caller's function for many keys, each of which others of this process may join. */
export class ManyRun {
  readonly #core: CacheCore
  readonly #policy: Policy
  readonly #keys: Iterable<string>
  readonly #compute: ComputeMissing
  readonly #controller = new AbortController()
  /** By the caller's keys. */
  readonly #parts = new Map<string, Part>()
  /** Whether a caller waits for any of the keys. Known when it runs. */
  readonly isAwaited: Promise<boolean>
  #abandoned = 0
  #decide = (_isAwaited: boolean): void => {}

  /** `keys` are all that the caller asks for: the function is given its own in the same order. */
  constructor(core: CacheCore, policy: Policy, keys: Iterable<string>, compute: ComputeMissing) {
    this.#core = core
    this.#policy = policy
    this.#keys = keys
    this.#compute = compute
    this.isAwaited = new Promise((resolve) => {
      this.#decide = resolve
    })
  }

  /** Whether others wait for any of the keys that were taken in. */
  get isWaitedFor(): boolean {
    return this.#open().some(([, { task }]) => task.lease !== undefined)
  }

  /** Takes a key in. With a lease others of this process join its computation from now on. */
  add(key: string, task: Task): Computing {
    const computing = new Computing(task.lease?.lost, (reason, hasFailed) => {
      this.#core.flights.end(task.key, computing)
      endLease(this.#core, task, reason, hasFailed)
      this.#abandoned++
      if (this.#abandoned === this.#parts.size) this.#controller.abort(reason)
    })
    const state = new ComputationState(this.#policy, task.old, this.#controller.signal)
    this.#parts.set(key, { task, computing, state })
    if (task.lease !== undefined) this.#core.flights.start(task.key, computing)
    return computing
  }

  /** Runs the function once, for all keys that were taken in and are waited for. Never rejects. */
  async run(): Promise<void> {
    this.#decide(this.#open().some(([, { task }]) => task.isAwaited))
    try {
      const lateTags = this.#compute.length > 1
      await Promise.all(this.#open().map(([, { task }]) => task.lease?.prepare({ lateTags })))
      const open = new Map(this.#open())
      const keys = [...this.#keys].filter((key) => open.has(key))
      if (keys.length === 0) return
      adviseCall(this.#core, 'getOrSetMany', this.#policy)
      const many = new ManyState(this.#policy, this.#parts, this.#controller.signal)
      const returned = await running(this.#core, this.#controller, () => this.#compute(keys, many))
      await this.#concludeAll(listValues(returned), many)
    } catch (error) {
      this.fail(error)
    }
  }

  /** Ends the computations of all keys. */
  fail(error: unknown): void {
    for (const { task, computing } of this.#parts.values()) {
      failWith(this.#core, task, computing, error)
      this.#core.flights.end(task.key, computing)
    }
  }

  async #concludeAll(values: ReadonlyMap<unknown, unknown>, many: ManyState): Promise<void> {
    const open = this.#open()
    for (let start = 0; start < open.length; start += SLICE) {
      const slice = open.slice(start, start + SLICE)
      await Promise.all(slice.map(([key, part]) => this.#conclude(part, values.get(key), many)))
      const isLast = start + SLICE >= open.length
      if (!isLast) await Promise.allSettled(slice.map(([, { computing }]) => isStored(computing)))
    }
  }

  async #conclude(
    { task, computing, state }: Part,
    value: unknown,
    many: ManyState,
  ): Promise<void> {
    try {
      many.tell(state)
      if (value === undefined && !state.isNotModified) {
        // Left out: there is no such value, and nobody is to wait for it.
        endLease(this.#core, task, undefined, false)
        const stored = Promise.resolve()
        computing.succeed({ value: undefined, output: undefined, stored })
        return
      }
      const computed = await state.resultOf(value, task.key, this.#core.random)
      conclude(task, computing, computed)
    } catch (error) {
      failWith(this.#core, task, computing, error)
    } finally {
      this.#core.flights.end(task.key, computing)
    }
  }

  #open(): [string, Part][] {
    return [...this.#parts].filter(([, { computing }]) => !computing.isOver)
  }
}

async function isStored(computing: Computing): Promise<void> {
  await (await computing.done).stored
}

class ManyState implements ManyComputation {
  readonly signal: AbortSignal
  ttl: ManyComputation['ttl']
  readonly tags: string[]
  readonly #policy: Policy
  readonly #parts: ReadonlyMap<string, Part>
  #isSkipped = false

  constructor(policy: Policy, parts: ReadonlyMap<string, Part>, signal: AbortSignal) {
    this.#policy = policy
    this.#parts = parts
    this.signal = signal
    this.ttl = policy.ttl
    this.tags = [...policy.tags]
  }

  // Functions of their own, as who takes the context apart calls them without it.
  readonly skip = (): void => {
    this.#isSkipped = true
  }

  readonly of = (key: string): Computation => {
    const part = this.#parts.get(key)
    if (part !== undefined) return part.state
    throw optionError('key', key, 'one of the keys that are computed')
  }

  /** Tells one of the keys what was said of all. What was said of it alone counts for more. */
  tell(state: ComputationState): void {
    if (state.ttl === this.#policy.ttl) state.ttl = this.ttl
    state.tags.push(...this.tags)
    if (this.#isSkipped) state.skip()
  }
}

/** Reads what the caller's function gave. Later pairs win, as in a `Map`. */
function listValues(returned: unknown): ReadonlyMap<unknown, unknown> {
  if (returned instanceof Map) return returned
  if (typeof returned !== 'object' || returned === null) throw unreadable()
  if (!isIterable(returned)) return new Map(Object.entries(returned))
  const values = new Map<unknown, unknown>()
  for (const pair of returned) {
    if (!Array.isArray(pair)) throw unreadable()
    values.set(pair[0], pair[1])
  }
  return values
}

function unreadable(): CacheError {
  return new CacheError(
    'ERR_VALUE_INVALID',
    'What `computeMissing` gave is no list of values: it must be a Map, an iterable of pairs of key and value, or an object.',
  )
}
