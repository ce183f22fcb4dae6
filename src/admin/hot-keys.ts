import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { KeyMessage } from '../channels.ts'
import type { Clock } from '../clock.ts'
import type { Milliseconds } from '../units.ts'
import type { HotKeysReply } from './api/hot-keys.ts'
import { TopItems } from './top-keys.ts'

const CAPACITY = 500
const SHOWN = 50

/** A page that shows hot keys asks every few seconds; after so long nobody looks any more. */
const IDLE_MS: Milliseconds = 15_000

/** What is hot is hot now: what was counted starts anew after so long. */
const WINDOW_MS: Milliseconds = 60_000

/** No alias and no key has it in it. */
const BETWEEN = '\u0000'

export interface HotKeysSources {
  readonly clock: Clock
  readonly aliases: ReadonlySet<string>
  /** One in so many calls is looked at. */
  readonly every: number
}

/**
 * Counts which keys this process asks for most, by a sample, while somebody looks.
 *
 * From one call that it takes to the next it skips a random number, one hundred in the mean: of calls
 * in a fixed order every hundredth might always be the same.
 */
export class HotKeys {
  readonly #sources: HotKeysSources
  #top = new TopItems(CAPACITY)
  #before: { readonly top: TopItems; readonly seconds: number } | undefined
  #beganAt: Milliseconds = 0
  #seenAt: Milliseconds = 0
  #isListening = false
  #until: number
  readonly #random: () => number
  readonly #onKey = (message: unknown): void => {
    if (--this.#until > 0) return
    this.#skip()
    this.#add(message as KeyMessage)
  }

  constructor(sources: HotKeysSources, random: () => number = Math.random) {
    this.#sources = sources
    this.#random = random
    this.#until = 1
    this.#skip()
  }

  /** What was found so far; the first call begins to listen. */
  reply(showsKeys: boolean): HotKeysReply {
    const { clock, every } = this.#sources
    const now = clock.monotonic()
    this.#seenAt = now
    this.#listen()
    if (now - this.#beganAt >= WINDOW_MS) {
      this.#before = { top: this.#top, seconds: (now - this.#beganAt) / 1000 }
      this.#start(now)
    }
    const ran = (now - this.#beganAt) / 1000
    // Just after a turn the last window says more than a second of the new one.
    const { top, seconds } =
      this.#before !== undefined && ran < 10 ? this.#before : { top: this.#top, seconds: ran }
    const per = (count: number): number => (seconds === 0 ? 0 : (count * every) / seconds)
    return {
      schemaVersion: 1,
      sampleRate: 1 / every,
      sampled: top.total,
      seconds,
      keys: top.top(SHOWN).map(({ item, count, error }) => {
        const end = item.indexOf(BETWEEN)
        return {
          alias: item.slice(0, end),
          key: showsKeys ? item.slice(end + 1) : null,
          perSecond: per(count),
          share: count / top.total,
          errorPerSecond: per(error),
        }
      }),
    }
  }

  close(): void {
    if (this.#isListening) unsubscribe('reprise:key', this.#onKey)
    this.#isListening = false
  }

  #listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    this.#before = undefined
    this.#start(this.#sources.clock.monotonic())
    subscribe('reprise:key', this.#onKey)
  }

  #start(now: Milliseconds): void {
    this.#top = new TopItems(CAPACITY)
    this.#beganAt = now
  }

  #add({ alias, key }: KeyMessage): void {
    const { clock, aliases } = this.#sources
    if (clock.monotonic() - this.#seenAt > IDLE_MS) this.close()
    else if (aliases.has(alias)) this.#top.add(`${alias}${BETWEEN}${key}`)
  }

  /** The next one is `every` calls on in the mean: evenly from 1 to twice that. */
  #skip(): void {
    const { every } = this.#sources
    this.#until = every === 1 ? 1 : 1 + Math.floor(this.#random() * (2 * every - 1))
  }
}
