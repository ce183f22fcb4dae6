import { type PageContext, pageChannel } from '../channels.ts'

type PageResult = NonNullable<PageContext['result']>

/** Ends the event; the first call counts. */
export type EndPageEvent = (result: PageResult, reason?: string) => void

/**
 * Starts one operation on `reprise:page`, which lasts until the response was sent and, if it is,
 * stored.
 */
export function startPageEvent(alias: string, method: string): EndPageEvent {
  if (!pageChannel.hasSubscribers) return () => {}
  const context: PageContext = { alias, method }
  let settle: ((result: PageResult) => void) | undefined
  const done = new Promise<PageResult>((resolve) => {
    settle = resolve
  })
  // `tracePromise` itself puts what the promise gives on the context, as its `result`.
  void pageChannel.tracePromise(() => done, context)
  return (result, reason) => {
    if (reason !== undefined) context.reason ??= reason
    settle?.(result)
  }
}
