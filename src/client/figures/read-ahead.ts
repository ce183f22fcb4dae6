/**
 * The items of a source that must not wait for its reader: it is read as fast as it comes, and what
 * the reader has not taken is held. With more than `max` the source is ended, and `overflow` is
 * thrown once all that is held was taken. What ends the source's waiting is its maker's.
 */
export async function* readAhead<T>(
  source: AsyncGenerator<readonly T[], void, undefined>,
  max: number,
  overflow: () => Error,
): AsyncGenerator<readonly T[], void, undefined> {
  const held: (readonly T[])[] = []
  let count = 0
  let ended: { readonly error: unknown } | undefined
  let left = false
  let wake = (): void => {}
  const read = async (): Promise<void> => {
    for await (const items of source) {
      if (left) return
      held.push(items)
      count += items.length
      if (count > max) throw overflow()
      wake()
    }
  }
  read().then(
    () => {
      ended = { error: undefined }
      wake()
    },
    (error: unknown) => {
      ended = { error }
      wake()
    },
  )
  try {
    for (;;) {
      const items = held.shift()
      if (items !== undefined) {
        count -= items.length
        yield items
      } else if (ended !== undefined) {
        if (ended.error !== undefined) throw ended.error
        return
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    left = true
  }
}
