import { AsyncLocalStorage } from 'node:async_hooks'

/** What one request cost so far. */
export interface RequestFigures {
  readonly startedMs: number
  queries: number
}

const storage = new AsyncLocalStorage<RequestFigures>()
let totalQueries = 0

/** Runs `run` as one request: queries inside are counted to the figures it is given. */
export function countRequest<T>(run: (figures: RequestFigures) => T): T {
  const figures = { startedMs: performance.now(), queries: 0 }
  return storage.run(figures, () => run(figures))
}

/** The figures of the request that is being answered, if one is. */
export function requestFigures(): RequestFigures | undefined {
  return storage.getStore()
}

/** Every query of this process, also those that no request waited for. */
export function queriesSoFar(): number {
  return totalQueries
}

/** Counts one query to the process and to the request that asked for it. */
export function countQuery(): void {
  totalQueries += 1
  const figures = storage.getStore()
  if (figures !== undefined) figures.queries += 1
}
