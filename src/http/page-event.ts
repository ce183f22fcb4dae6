import { type PageContext, pageChannel } from '../channels.ts'
import type { Milliseconds } from '../units.ts'

type Named = Omit<PageContext, 'name'> & { name?: string }

type PageResult = NonNullable<PageContext['result']>

/** Ends the event; the first call counts. */
export interface EndPageEvent {
  (result: PageResult, reason?: string): void
  /** The page is called otherwise than was known when it was asked for. */
  rename(name: string): void
  /** How long the handler took; the first call counts. */
  took(renderMs: Milliseconds): void
}

/** Nobody listens. */
const UNHEARD: EndPageEvent = Object.assign(() => {}, { rename: () => {}, took: () => {} })

/**
 * Starts one operation on `reprise:page`, which lasts until the response was sent and, if it is,
 * stored.
 */
export function startPageEvent(
  alias: string,
  method: string,
  name: string | undefined,
): EndPageEvent {
  if (!pageChannel.hasSubscribers) return UNHEARD
  const context: Named = name === undefined ? { alias, method } : { alias, method, name }
  let settle: ((result: PageResult) => void) | undefined
  const done = new Promise<PageResult>((resolve) => {
    settle = resolve
  })
  // `tracePromise` itself puts what the promise gives on the context, as its `result`.
  void pageChannel.tracePromise(() => done, context)
  const end = (result: PageResult, reason?: string) => {
    if (reason !== undefined) context.reason ??= reason
    settle?.(result)
  }
  const rename = (other: string) => {
    context.name = other
  }
  const took = (renderMs: Milliseconds) => {
    context.renderMs ??= renderMs
  }
  return Object.assign(end, { rename, took })
}
