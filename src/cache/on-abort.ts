interface Hub {
  readonly runs: Set<() => void>
  readonly listener: () => void
}

const HUBS = new WeakMap<AbortSignal, Hub>()

/**
 * Runs `run` when `signal` aborts; call what it returns when that matters no longer.
 *
 * However many wait, the signal has one listener: Node warns of a leak at the 11th, and a request's
 * signal may be given to more calls than that. It has none once nobody waits: with one, a signal made
 * by `AbortSignal.any` lives as long as those that it was made of.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const hub = HUBS.get(signal) ?? open(signal)
  hub.runs.add(run)
  return () => {
    hub.runs.delete(run)
    if (hub.runs.size === 0) close(signal, hub)
  }
}

function open(signal: AbortSignal): Hub {
  const runs = new Set<() => void>()
  const listener = (): void => {
    close(signal, hub)
    for (const run of [...runs]) run()
  }
  const hub: Hub = { runs, listener }
  HUBS.set(signal, hub)
  signal.addEventListener('abort', listener)
  return hub
}

function close(signal: AbortSignal, hub: Hub): void {
  signal.removeEventListener('abort', hub.listener)
  if (HUBS.get(signal) === hub) HUBS.delete(signal)
}
