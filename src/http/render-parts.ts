import type { Clock } from '../clock.ts'
import type { PageRequest } from './message.ts'
import type { EndPageEvent } from './page-event.ts'
import type { PageFill } from './page-fill.ts'
import type { PagePolicy, ResolvedPageOptions } from './page-options.ts'
import type { OldPage } from './replacement.ts'

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
