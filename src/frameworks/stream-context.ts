import type { ServerResponse } from 'node:http'

/**
 * Lets what is streamed into `response` be made in the context of the handler. Otherwise a stream that
 * waited for the client goes on in that of the client's connection, and one that Koa or Nest sends
 * when the handler has returned starts outside of it: neither knows of a page.
 */
export function keepContext(response: ServerResponse, run: <T>(read: () => T) => T): void {
  const emit = response.emit as (...args: unknown[]) => boolean
  response.emit = (...args: unknown[]): boolean => {
    if (args[0] === 'drain') return run(() => emit.apply(response, args))
    if (args[0] === 'pipe') keepReads(args[1], run)
    return emit.apply(response, args)
  }
}

/** What is piped is read by its own `read`, which makes the next bytes where there are none. */
export function keepReads(source: unknown, run: <T>(read: () => T) => T): void {
  const { read } = Object(source)
  if (typeof read !== 'function') return
  Object.assign(source as object, {
    read: (...args: unknown[]) => run(() => read.apply(source, args)),
  })
}
