import type { Clock } from '../clock.ts'
import { parseDuration, type Seconds } from '../units.ts'
import type { PlanParts } from './head-plan.ts'
import type { HeaderList, PageRequest } from './message.ts'
import type { PageScope } from './page-context.ts'
import type { StoredPage } from './page-entry.ts'
import type { EndPageEvent } from './page-event.ts'
import type { PageFill } from './page-fill.ts'
import type { PagePolicy, ResolvedPageOptions } from './page-options.ts'
import type { OldPage } from './replacement.ts'
import type { StaleRule } from './stale-rule.ts'
import { ownWindows } from './stale-windows.ts'

/** What a `PageRender` works with. */
export interface RenderParts {
  readonly options: ResolvedPageOptions
  readonly policy: PagePolicy
  readonly request: PageRequest
  readonly clock: Clock
  readonly endEvent: EndPageEvent
  /**
   * For `Cache-Status`: `fwd` of RFC 9211; `bypass` and `method`: the response is sent as it is.
   */
  readonly forward: string
  /** Why nothing will be stored, where that is known already. */
  readonly reason?: string | undefined
  /** The right to store, where this request has it. */
  readonly fill?: PageFill | undefined
  /** Of the page's policy: their versions were read before it is rendered. */
  readonly tags?: readonly string[]
  /** What was found but cannot be used as it is: it may take the place of the handler's answer. */
  readonly old?: OldPage | undefined
  /** Removes pages from the cache, by their addresses; absent where no request may. */
  readonly invalidate?: ((urls: readonly string[]) => void) | undefined
  /** Told when a page cache further in takes the page over. */
  readonly onHandOver?: (() => void) | undefined
}

/** What is kept between the head and the end of the body. */
export interface Candidate {
  readonly status: number
  readonly headers: HeaderList
  readonly vary: readonly string[]
  readonly ttl: Seconds
  readonly age: Seconds
  readonly tags: readonly string[]
  /** Of HTTP mode; in site mode the page's policy says, which may still change. */
  readonly stale: StaleRule | undefined
  readonly keepFor: Seconds
  /** Its body is stored already: only its head is new. */
  readonly old: StoredPage | undefined
}

/** What the head is planned by, as things are when it comes. */
export function planParts(
  { options, request, clock, fill, forward, reason }: RenderParts,
  policy: PagePolicy,
  scope: PageScope | undefined,
  hidConditions: boolean,
): PlanParts {
  const own = scope?.ttl ?? policy.ttl
  const now = clock.now()
  return {
    ...{ options, request, forward, reason, now, hidConditions },
    ownTtl: own === undefined ? undefined : parseDuration('ttl', own),
    ownStale: ownWindows(policy),
    mayStore: fill !== undefined,
    covered: fill?.covered ?? [],
    requestedAt: fill?.createdAt ?? now,
  }
}
