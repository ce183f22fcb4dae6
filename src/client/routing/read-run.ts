import type { CacheError } from '../../errors.ts'
import { type Answer, NO_OPAQUE, type Pending, type PendingReads } from '../../net/pending.ts'
import { type MetaCommand, NOOP } from '../../protocol/command.ts'
import type { RequestWriter } from '../../protocol/encode.ts'
import type { WireKey } from '../../protocol/key.ts'
import { metaGetBy } from '../../protocol/meta.ts'
import { nextOpaque, opaquesBetween } from '../../protocol/opaques.ts'
import { type SentKey, UNSENT } from '../../protocol/plain-reply.ts'
import {
  gapOf,
  keyEnd,
  keyOfLine,
  nextKeyAt,
  type ReadFlags,
  type ReadLines,
} from '../../protocol/read-lines.ts'
import type { Bytes, Milliseconds } from '../../units.ts'
import type { Origin } from './reader.ts'
import { mayRepeat } from './repeat.ts'

/** Who asked for the reads of a run. They are answered in order. */
export interface Readers {
  /** A value, its client flags and its CAS, or `NO_CAS`, and nothing more. */
  found(value: Buffer, flags: number, cas: number, origin: Origin): void
  answered(answer: Answer, origin: Origin): void
  /** All that are left. `another` makes an error for each that is behind the first. */
  failed(error: CacheError, another: () => CacheError): void
}

/** Who asked for quiet reads. */
export interface QuietReaders extends Readers {
  missed(): void
  /** All are answered. */
  ended(): void
}

/** The way that a run takes. */
export interface RunWay {
  /** The server's name. */
  readonly name: string
  /** Sends a run once more that was surely not run. Returns whether it will be. */
  again(run: Pending): boolean
}

/**
 * Reads of one turn on their way to one server. They share one object and one text, so that a read costs
 * hardly more than its promise (`bench/clients.mjs`). As in `PendingCall`, fields are only declared.
 */
export class ReadRun implements PendingReads {
  declare readonly way: RunWay
  declare readonly readers: Readers
  /** Of quiet reads: the same. */
  declare readonly quiet: QuietReaders | undefined
  declare readonly flags: ReadFlags
  declare readonly isPlain: boolean
  declare readonly gap: Bytes
  declare readonly lines: ReadLines
  /** Where its text is in `lines`, while it is held there. */
  declare readonly from: number
  declare to: number
  declare isHeld: boolean
  declare readonly firstOpaque: number
  declare origin: Origin
  declare opaque: number
  declare deadline: Milliseconds
  declare sentIn: DataView
  declare keyAt: number
  declare span: number
  declare next: Pending | undefined
  declare cancelled: boolean

  /** Its first line was added to `lines` at `from`. With `quiet`, its reads are. */
  constructor(
    way: RunWay,
    readers: Readers,
    lines: ReadLines,
    from: number,
    flags: ReadFlags,
    quiet: QuietReaders | undefined,
  ) {
    this.way = way
    this.readers = readers
    this.quiet = quiet
    this.flags = flags
    this.isPlain = flags.isPlain
    this.gap = gapOf(flags, quiet !== undefined)
    this.lines = lines
    this.from = from
    this.to = lines.end
    this.isHeld = true
    this.firstOpaque = lines.opaque
    this.origin = NOWHERE
    this.opaque = 0
    this.deadline = 0
    this.sentIn = UNSENT
    this.keyAt = 0
    // The end of quiet ones has a reply, too.
    this.span = quiet === undefined ? 1 : 2
    this.next = undefined
    this.cancelled = false
    lines.hold()
  }

  /** Of the first that has no reply yet. */
  get command(): MetaCommand {
    return this.commandBehind(0)
  }

  get bytes(): Bytes {
    return 0
  }

  get timeoutMs(): undefined {
    return undefined
  }

  get reads(): this {
    return this
  }

  get isQuiet(): boolean {
    return this.quiet !== undefined
  }

  get left(): number {
    return this.quiet === undefined ? this.span : this.span - 1
  }

  /** Whether the line that was added to `lines` at `from` can be its next. */
  isFollowedAt(from: number): boolean {
    return (
      this.to === from &&
      this.isHeld &&
      this.deadline === 0 &&
      opaquesBetween(this.firstOpaque, this.lines.opaque) === this.left
    )
  }

  /** The line that was added last is its own. */
  lengthen(): void {
    this.to = this.lines.end
    this.span++
  }

  /** Its lines are of no more use: they were written, or never will be. */
  release(): void {
    if (!this.isHeld) return
    this.isHeld = false
    this.lines.release()
  }

  writeTo(writer: RequestWriter, connection: number): void {
    // Behind `mg `.
    this.keyAt = writer.addLines(this.lines.block, this.from, this.to) + 3
    this.sentIn = writer.sentIn
    this.opaque = this.firstOpaque
    this.origin = { server: this.way.name, connection }
    if (this.quiet !== undefined) writer.add(NOOP, NO_OPAQUE)
    this.release()
  }

  unsaidBefore(opaque: number): number | undefined {
    if (this.quiet === undefined) return undefined
    const count = opaquesBetween(this.opaque, opaque)
    return count < this.left ? count : undefined
  }

  keyBehind(count: number): SentKey {
    const { sentIn, gap } = this
    let { keyAt, opaque } = this
    for (let i = 0; i < count; i++) {
      keyAt = nextKeyAt(keyEnd(sentIn, keyAt), opaque, gap)
      opaque = nextOpaque(opaque)
    }
    return { sentIn, keyAt }
  }

  commandBehind(count: number): MetaCommand {
    // Behind the last of quiet ones, which wait for their end, there is no key.
    const isSent = this.sentIn !== UNSENT && count < this.left
    if (!isSent) return metaGetBy(NO_KEY, this.flags.text)
    const { sentIn, keyAt } = this.keyBehind(count)
    return metaGetBy(keyOfLine(sentIn, keyAt), this.flags.text)
  }

  advance(count: number, keyAt: number): void {
    this.keyAt = keyAt
    this.opaque = nextOpaque(this.opaque, count)
    this.span -= count
  }

  step(end: number): void {
    this.advance(1, nextKeyAt(end, this.opaque, this.gap))
  }

  pass(count: number): void {
    for (let i = 0; i < count; i++) {
      this.step(keyEnd(this.sentIn, this.keyAt))
      if (!this.cancelled) this.quiet?.missed()
    }
  }

  hit(value: Buffer, flags: number, cas: number): void {
    if (!this.cancelled) this.readers.found(value, flags, cas, this.origin)
  }

  answer(answer: Answer): void {
    if (!this.cancelled) this.readers.answered(answer, this.origin)
  }

  end(): void {
    const { left } = this
    this.span = 0
    if (this.cancelled) return
    for (let i = 0; i < left; i++) this.quiet?.missed()
    this.quiet?.ended()
  }

  fail(error: CacheError, another?: () => CacheError): void {
    if (mayRepeat(this, error) && this.way.again(this)) return
    this.refuse(error, another)
  }

  /** Fails before it was sent, so that there is nothing to repeat. */
  refuse(error: CacheError, another: () => CacheError = () => error): void {
    this.release()
    if (!this.cancelled) this.readers.failed(error, another)
  }

  expire(error: CacheError, another?: () => CacheError): void {
    this.refuse(error, another)
    this.cancelled = true
  }
}

const NOWHERE: Origin = Object.freeze({ server: '', connection: 0 })
// In what is told of a read that was not sent, or of the end of quiet ones.
const NO_KEY: WireKey = Object.freeze({ token: '', base64: false, hashed: false })
