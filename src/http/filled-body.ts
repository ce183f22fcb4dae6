import type { HoleFill, Piece } from './hole-fill.ts'
import type { WatchedRender } from './web.ts'

/** A body with its holes, made as far as it is read. */
export function filledBody(
  render: WatchedRender,
  body: ReadableStream<Uint8Array>,
  fill: HoleFill,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const left: Piece[] = []
  let isDone = false
  const next = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      const bytes = await left.shift()
      // A copy: what a hole gives may stand in more than one place.
      if (bytes !== undefined && bytes.length > 0) return new Uint8Array(bytes)
      if (bytes !== undefined) continue
      if (isDone) return undefined
      const { done, value } = await render.run(() => reader.read())
      isDone = done
      left.push(...(done ? fill.end() : fill.push(value)))
    }
  }
  return new ReadableStream({
    async pull(controller) {
      try {
        const bytes = await next()
        if (bytes !== undefined) {
          controller.enqueue(bytes)
          return
        }
        controller.close()
        await render.end(fill.body())
      } catch (error) {
        render.abandon('error')
        controller.error(error)
      }
    },
    async cancel(reason) {
      render.abandon('aborted')
      await reader.cancel(reason)
    },
  })
}
