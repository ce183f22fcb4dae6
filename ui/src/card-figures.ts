import type { HistoryPoint } from '../../src/admin/history.ts'
import type { Overview } from '../../src/admin/overview.ts'

type Of = (point: HistoryPoint) => number | null

/** What the cards show besides the hit ratio. */
export interface CardFigures {
  /** Said next to each title where it is not the servers. */
  readonly place: string | undefined
  readonly operationsPerSecond: number | null
  readonly getsPerSecond: number | null
  readonly setsPerSecond: number | null
  readonly evictionsPerSecond: number | null
  readonly memoryRatio: number | null
  readonly bytes: number | null
  readonly limitBytes: number | null
  readonly items: number | null
  /** `false`: nothing is kept anywhere, so there is no memory to speak of. */
  readonly hasMemory: boolean
  readonly curves: { readonly operations: Of; readonly evictions: Of; readonly memory: Of }
}

/** The servers' figures; without a server, those of this process and the stores in it. */
export function cardFigures({ total, application, memory }: Overview): CardFigures {
  if (total.servers > 0) {
    return {
      ...total,
      place: undefined,
      memoryRatio: total.memoryFull,
      bytes: total.memoryUsedBytes,
      limitBytes: total.memoryLimitBytes,
      hasMemory: true,
      curves: {
        operations: (point) => point.operationsPerSecond,
        evictions: (point) => point.evictionsPerSecond,
        memory: (point) => point.memoryFull,
      },
    }
  }
  return {
    ...application,
    ...memory,
    place: 'in this process',
    hasMemory: memory.stores > 0,
    curves: {
      operations: (point) => point.applicationOperationsPerSecond,
      evictions: (point) => point.applicationEvictionsPerSecond,
      memory: (point) => point.applicationMemoryRatio,
    },
  }
}
