/** What came of one source. */
interface Arrival<T> {
  readonly source: AsyncGenerator<T, void, undefined>
  readonly result: IteratorResult<T, void> | undefined
  readonly error: unknown
}

/**
 * The items of all sources as they come. Of each at most one is held, so that a slow reader slows
 * every source down. The first error ends it. Its maker ends what the sources wait for.
 */
export async function* merged<T>(
  sources: readonly AsyncGenerator<T, void, undefined>[],
): AsyncGenerator<T, void, undefined> {
  const arrived: Arrival<T>[] = []
  let wake = (): void => {}
  // Not `Promise.race`: a source that is silent for long would collect a reaction per item of the
  // others.
  const pull = (source: AsyncGenerator<T, void, undefined>): void => {
    source.next().then(
      (result) => {
        arrived.push({ source, result, error: undefined })
        wake()
      },
      (error: unknown) => {
        arrived.push({ source, result: undefined, error })
        wake()
      },
    )
  }
  for (const source of sources) pull(source)
  let running = sources.length
  while (running > 0) {
    const next = arrived.shift()
    if (next === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      continue
    }
    if (next.result === undefined) throw next.error
    if (next.result.done === true) {
      running--
    } else {
      yield next.result.value
      pull(next.source)
    }
  }
}
